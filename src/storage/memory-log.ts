/** The log in memory: the same interface without a folder. After a restart it is empty, and so has a new storage id. */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import type { LogTime } from '../core/model/log-part.ts';
import { batchNumber, logAge, timestampMs } from '../core/model/numbers.ts';
import type { BatchNumber, Offset } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import type { LogStore } from './log-store.ts';
import { RecentBatches } from './recent-batches.ts';

export class MemoryLog implements LogStore {
  readonly #batches = new RecentBatches(Number.POSITIVE_INFINITY);

  append(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) this.#batches.push(batch);
    return Promise.resolve();
  }

  flush(): Promise<BatchNumber> {
    return Promise.resolve(batchNumber((this.#batches.last?.number ?? -1) + 1));
  }

  cut(point: LogPoint): Promise<LogTime> {
    this.#batches.cut(point.number);
    const { last } = this.#batches;
    assert((last?.number ?? -1) + 1 === point.number, 'a cut is inside the log');
    return Promise.resolve({ lastTimestamp: last?.timestamp ?? timestampMs(0), lastAge: last?.age ?? logAge(0) });
  }

  /** A log in memory needs no note: nothing is expected of it after a restart. */
  readonly noteWish: LogStore['noteWish'] = undefined;

  note(): Promise<void> {
    return Promise.resolve();
  }

  saveState(): Promise<void> {
    return Promise.resolve();
  }

  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] {
    return this.#batches.readFrom(from, bytesMax) ?? [];
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] {
    return this.#batches.readEntriesFrom(from, bytesMax) ?? [];
  }

  maintain(): Promise<void> {
    return Promise.resolve();
  }

  scrubSome(): Promise<void> {
    return Promise.resolve();
  }

  hasRoomFor(): Promise<boolean> {
    return Promise.resolve(true);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
