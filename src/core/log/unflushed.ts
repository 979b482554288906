/** The batches of a log that are not durable yet, oldest first. */

import type { LogTime } from '../model/log-part.ts';
import type { BatchNumber } from '../model/numbers.ts';
import type { LogPoint } from '../model/place.ts';

interface UnflushedBatch {
  readonly start: LogPoint;
  readonly end: LogPoint;
  /** The time of the batch before it. */
  readonly timeBefore: LogTime;
}

export class Unflushed {
  #batches: UnflushedBatch[] = [];

  push(batch: UnflushedBatch): void {
    this.#batches.push(batch);
  }

  /** Every batch before number `end` is durable. @returns where the last of them ends, if there is one */
  flushed(end: BatchNumber): LogPoint | undefined {
    let count = 0;
    let durable: LogPoint | undefined;
    for (const batch of this.#batches) {
      if (batch.end.number > end) break;
      durable = batch.end;
      count += 1;
    }
    this.#batches.splice(0, count);
    return durable;
  }

  /** Removes what lies beyond `point`. */
  cut(point: LogPoint): void {
    this.#batches = this.#batches.filter((batch) => batch.end.number <= point.number);
  }

  find(number: BatchNumber): UnflushedBatch | undefined {
    return this.#batches.find((batch) => batch.start.number === number);
  }
}
