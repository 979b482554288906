/**
 * The newest batches of a log, as many as fit in a bound, by number and by offset. Most of what followers and readers of the
 * tail ask for is here.
 */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import type { BatchNumber, Offset } from '../core/model/numbers.ts';
import { partitionPoint } from '../core/model/partition-point.ts';

export class RecentBatches {
  readonly #bytesMax: number;
  /** Consecutive, oldest first, from `#head` on; those before it are gone. */
  #batches: (Batch | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  /** @param bytesMax - one batch is kept even if it is larger */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get #first(): Batch | undefined {
    return this.#batches[this.#head];
  }

  get last(): Batch | undefined {
    return this.#batches.at(-1);
  }

  /** All of them, oldest first. */
  get all(): readonly Batch[] {
    return this.#batches.slice(this.#head).flatMap((batch) => batch ?? []);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Removes the batches before this one. */
  drop(number: BatchNumber): void {
    while (this.#first !== undefined && this.#first.number < number) this.#dropFirst();
    this.#compact();
  }

  push(batch: Batch): void {
    const { last } = this;
    assert(last === undefined || batch.number === last.number + 1, 'recent batches are consecutive');
    this.#batches.push(batch);
    this.#bytes += batch.bytes.length;
    while (this.#bytes > this.#bytesMax && this.#head < this.#batches.length - 1) this.#dropFirst();
    this.#compact();
  }

  #dropFirst(): void {
    this.#bytes -= this.#first?.bytes.length ?? 0;
    this.#batches[this.#head] = undefined;
    this.#head += 1;
  }

  #compact(): void {
    if (this.#head > 1024 && this.#head * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Removes batch `number` and all after it. */
  cut(number: BatchNumber): void {
    while (this.#batches.length > this.#head && (this.last?.number ?? -1) >= number) {
      this.#bytes -= this.#batches.pop()?.bytes.length ?? 0;
    }
  }

  /** `undefined` if batch `from` is not here; at least one batch otherwise. */
  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | undefined {
    const first = this.#first;
    if (first === undefined || from < first.number || from > (this.last?.number ?? -1)) return undefined;
    return this.#take(this.#head + (from - first.number), bytesMax);
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | undefined {
    const first = this.#first;
    const { last } = this;
    if (first === undefined || last === undefined || from < first.baseOffset || from >= last.baseOffset + last.entryCount) return undefined;
    // The batches before the head are gone, and were before this entry.
    const index = partitionPoint(this.#batches.length, (at) => {
      const batch = this.#batches[at];
      return batch === undefined || batch.baseOffset + batch.entryCount <= from;
    });
    return this.#take(index, bytesMax);
  }

  #take(index: number, bytesMax: number): readonly Batch[] {
    const taken: Batch[] = [];
    let bytes = 0;
    for (let i = index; i < this.#batches.length; i += 1) {
      const batch = this.#batches[i];
      if (batch === undefined) break;
      bytes += batch.bytes.length;
      if (taken.length > 0 && bytes > bytesMax) break;
      taken.push(batch);
    }
    return taken;
  }
}
