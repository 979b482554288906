/** The arithmetic of "how many hold it". Ends are one past the last batch that a node holds durably. */

import { batchNumber } from '../model/numbers.ts';
import type { BatchNumber } from '../model/numbers.ts';

/** One past the last batch that at least `needed` of these nodes hold; 0 if there are not so many nodes. */
export function heldBy(needed: number, durableEnds: readonly BatchNumber[]): BatchNumber {
  if (needed > durableEnds.length) return batchNumber(0);
  const descending = durableEnds.toSorted((a, b) => b - a);
  return descending[needed - 1] ?? batchNumber(0);
}
