/**
 * How far the leader's log is committed in its epoch, in batches.
 *
 * Invariant: batches of earlier epochs are committed only together with the marker, the first batch of this epoch, however
 * many nodes hold them (dissertation, section 3.6.2).
 */

import type { LogOutline } from '../log/log-outline.ts';
import { batchNumber } from '../model/numbers.ts';
import type { BatchNumber } from '../model/numbers.ts';
import type { LogPoint } from '../model/place.ts';

export class EpochCommits {
  readonly #outline: Pick<LogOutline, 'commit' | 'commitBatches'>;
  /** The first batch of this epoch. */
  readonly markerNumber: BatchNumber;
  /** For each batch of this epoch that is not committed yet, the point after it. */
  readonly #uncommitted: LogPoint[] = [];
  #end = batchNumber(0);

  constructor(outline: Pick<LogOutline, 'commit' | 'commitBatches'>, markerNumber: BatchNumber) {
    this.#outline = outline;
    this.markerNumber = markerNumber;
  }

  /** One past the last committed batch; 0 until the marker is committed. */
  get end(): BatchNumber {
    return this.#end;
  }

  get isMarkerCommitted(): boolean {
    return this.#end > this.markerNumber;
  }

  /** A batch of this epoch was decided on. The log ends here with it. */
  decided(end: LogPoint): void {
    this.#uncommitted.push(end);
  }

  /** There was no room for the newest batch. */
  lastRefused(): void {
    this.#uncommitted.pop();
  }

  /** A majority holds every batch before `end`. @returns whether that commits something */
  heldByMajority(end: BatchNumber): boolean {
    if (end <= this.markerNumber || end <= this.#end) return false;
    this.#end = end;
    let count = 0;
    for (const point of this.#uncommitted) {
      if (point.number > end) break;
      this.#outline.commit(point.offset);
      count += 1;
    }
    this.#uncommitted.splice(0, count);
    this.#outline.commitBatches(end);
    return true;
  }
}
