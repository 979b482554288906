/** How sure a reader wants to be of what it sees, and up to where it then sees here. */

import type { Offset } from '../core/numbers.ts';
import type { Driver } from '../driver.ts';
import type { HttpNode } from './http-node.ts';

export const readLevels = ['default', 'committed', 'linearizable'] as const;
export type ReadLevel = (typeof readLevels)[number];

/** One past the last entry that a read of this level sees here, once it may begin. @throws LogError */
export async function visibleEnd({ driver, config }: Pick<HttpNode, 'driver' | 'config'>, level: ReadLevel): Promise<Offset> {
  return level === 'linearizable' ? driver.linearizableEnd(config.writeTimeoutMs) : liveEnd({ driver }, level);
}

/** The same for one that has begun: what is committed from then on was not before it. */
export function liveEnd({ driver }: { readonly driver: Pick<Driver, 'visibleEnd' | 'committedEnd'> }, level: ReadLevel): Offset {
  return level === 'default' ? driver.visibleEnd : driver.committedEnd;
}
