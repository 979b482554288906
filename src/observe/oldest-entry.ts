/** When the first entry that is kept was written. It is read once for each first offset. */

import type { Batch } from '../core/model/batch.ts';
import type { Offset, TimestampMs } from '../core/model/numbers.ts';

/** What is asked of a node. */
export interface KeptLog {
  readonly firstOffset: Offset;
  readonly durableEnd: Offset;
  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]>;
}

export class OldestEntry {
  readonly #log: KeptLog;
  #known: { readonly offset: Offset; readonly timestamp: TimestampMs } | undefined;

  constructor(log: KeptLog) {
    this.#log = log;
  }

  /** The time in its batch; `undefined` while nothing is kept. Rejects if the disk cannot be read. */
  async timestamp(): Promise<TimestampMs | undefined> {
    const { firstOffset, durableEnd } = this.#log;
    if (firstOffset >= durableEnd) return undefined;
    if (this.#known?.offset !== firstOffset) {
      const [batch] = await this.#log.readEntriesFrom(firstOffset, 1);
      if (batch === undefined) return undefined;
      this.#known = { offset: firstOffset, timestamp: batch.timestamp };
    }
    return this.#known.timestamp;
  }
}
