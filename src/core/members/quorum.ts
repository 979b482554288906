/** The arithmetic of majorities. Ends are one past the last batch that a node holds durably. */

import { batchNumber } from '../model/numbers.ts';
import type { BatchNumber } from '../model/numbers.ts';

/** One past the last batch that at least `needed` of these nodes hold; 0 if there are fewer nodes. */
export function quorumEnd(needed: number, durableEnds: readonly BatchNumber[]): BatchNumber {
  return batchNumber(reachedBy(needed, durableEnds));
}

/** The highest number that at least `needed` of these nodes have reached; 0 if there are fewer nodes. */
export function reachedBy(needed: number, numbers: readonly number[]): number {
  if (needed > numbers.length) return 0;
  const descending = numbers.toSorted((a, b) => b - a);
  return descending[needed - 1] ?? 0;
}
