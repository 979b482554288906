/**
 * Two ways to point into the log.
 *
 * A `Place` names a batch by what it is (the epoch it was written in, and its number): two logs that hold the same
 * place are equal up to it (log matching: Ongaro's dissertation, section 3.5). A `LogPoint` is a cut between two
 * batches, in both coordinates.
 */

import { batchNumber, offset } from './numbers.ts';
import type { BatchNumber, Epoch, Offset } from './numbers.ts';

/** A batch: the epoch it was written in, and its number. */
export interface Place {
  readonly epoch: Epoch;
  readonly number: BatchNumber;
}

/** A batch that a storage holds durably, and one past its last entry. */
export interface Held extends Place {
  readonly end: Offset;
}

/** A point between two batches: the next batch has this number, and its first entry this offset. */
export interface LogPoint {
  readonly number: BatchNumber;
  readonly offset: Offset;
}

export const logStart: LogPoint = { number: batchNumber(0), offset: offset(0) };

/** Negative if `a` is less up to date than `b`: by epoch first, then by number (dissertation, section 3.6.1). */
export function comparePlaces(a: Place, b: Place): number {
  return a.epoch - b.epoch || a.number - b.number;
}

export function earlierPoint(a: LogPoint, b: LogPoint): LogPoint {
  return a.number <= b.number ? a : b;
}

/** What a read may see: the entries from `firstOffset` to `end`. */
export interface ReadRange {
  readonly firstOffset: Offset;
  readonly end: Offset;
}
