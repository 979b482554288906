/** How sure a reader wants to be of what it sees, and up to where it then sees here. */

import type { Offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';

export const readLevels = ['default', 'committed', 'linearizable'] as const;
export type ReadLevel = (typeof readLevels)[number];

/**
 * One past the last entry that a read of this level sees here, once it may begin.
 * @param timeoutMs - how long that may take; as long as an append may if it is not said
 * @throws LogError
 */
export async function readEnd(
  {
    driver,
    config,
  }: {
    readonly driver: Pick<Driver, 'linearizableEnd' | 'visibleEnd' | 'committedEnd'>;
    readonly config: { readonly writeTimeoutMs: number };
  },
  level: ReadLevel,
  timeoutMs: number | undefined,
): Promise<Offset> {
  return level === 'linearizable' ? driver.linearizableEnd(timeoutMs ?? config.writeTimeoutMs) : endAt({ driver }, level);
}

/** The same for one that has begun: what is committed from then on was not before it. */
export function endAt({ driver }: { readonly driver: Pick<Driver, 'visibleEnd' | 'committedEnd'> }, level: ReadLevel): Offset {
  return level === 'default' ? driver.visibleEnd : driver.committedEnd;
}
