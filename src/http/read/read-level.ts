/** The read levels, and how far each sees on this node. */

import type { Offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';

export const readLevels = ['default', 'committed', 'linearizable'] as const;
export type ReadLevel = (typeof readLevels)[number];

/**
 * Waits until a read of this level may begin.
 * @param timeoutMs - for how long; by default as long as an append may take
 * @returns one past the last entry that the read sees on this node
 * @throws LogError
 */
export async function readEnd(
  {
    driver,
    config,
  }: {
    readonly driver: Pick<Driver, 'linearizableEnd' | EndOfLevel>;
    readonly config: { readonly writeTimeoutMs: number };
  },
  level: ReadLevel,
  timeoutMs: number | undefined,
): Promise<Offset> {
  return level === 'linearizable' ? driver.linearizableEnd(timeoutMs ?? config.writeTimeoutMs) : endAt({ driver }, level);
}

type EndOfLevel = 'visibleEnd' | 'committedEnd' | 'firstOffset';

/**
 * The same for a read that has begun: entries that are committed later need no further confirmation. What is trimmed lies before
 * it, even where an entry went that was committed, and not shown yet because its writer still waits.
 */
export function endAt({ driver }: { readonly driver: Pick<Driver, EndOfLevel> }, level: ReadLevel): Offset {
  const { firstOffset } = driver;
  const end = level === 'default' ? driver.visibleEnd : driver.committedEnd;
  return end >= firstOffset ? end : firstOffset;
}
