/** The checksums of the newest batches from leaders, to tell a repeated batch from a wrong one. */

import type { Batch } from '../model/batch.ts';
import type { BatchNumber } from '../model/numbers.ts';

const keptMax = 1024;

export class BatchChecksums {
  readonly #byNumber = new Map<BatchNumber, number>();

  keep({ number, checksum }: Batch): void {
    this.#byNumber.set(number, checksum);
    if (this.#byNumber.size > keptMax) this.#byNumber.delete((number - keptMax) as BatchNumber);
  }

  /** @returns `undefined` if it is no longer kept */
  of(number: BatchNumber): number | undefined {
    return this.#byNumber.get(number);
  }

  clear(): void {
    this.#byNumber.clear();
  }
}
