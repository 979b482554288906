/** How sure a reader wants to be of what it sees, and up to where it then sees here. */

import type { Offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import { asTimeout, fromQuery } from '../wire/values.ts';

export const readLevels = ['default', 'committed', 'linearizable'] as const;
export type ReadLevel = (typeof readLevels)[number];

/**
 * One past the last entry that a read of this level sees here, once it may begin.
 * @param timeoutMs - how long that may take, as the query says it
 * @throws LogError
 */
export async function visibleEnd(
  {
    driver,
    config,
  }: {
    readonly driver: Pick<Driver, 'linearizableEnd' | 'visibleEnd' | 'committedEnd'>;
    readonly config: { readonly writeTimeoutMs: number };
  },
  level: ReadLevel,
  timeoutMs: string | undefined,
): Promise<Offset> {
  const withinMs = timeoutMs === undefined ? config.writeTimeoutMs : asTimeout(fromQuery(timeoutMs));
  return level === 'linearizable' ? driver.linearizableEnd(withinMs) : liveEnd({ driver }, level);
}

/** The same for one that has begun: what is committed from then on was not before it. */
export function liveEnd({ driver }: { readonly driver: Pick<Driver, 'visibleEnd' | 'committedEnd'> }, level: ReadLevel): Offset {
  return level === 'default' ? driver.visibleEnd : driver.committedEnd;
}
