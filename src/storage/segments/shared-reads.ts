/**
 * Shares reads of entries among readers: a reader that wants what is being read already waits for it, and a large batch is kept
 * for a moment, since a reader takes it piece by piece. Only a few files are open at a time, however many readers there are.
 */

import type { Batch } from '../../core/model/batch.ts';
import type { Offset } from '../../core/model/numbers.ts';

/** A smaller batch is not kept: it is read as quickly as it is found here. */
const largeBytes = 256 * 1024;
/** One batch is kept even if it is larger. */
const keptBytesMax = 32 * 1024 * 1024;
const readsMax = 8;
/** For how many calls of `maintain` without a reader a batch is kept. */
const idleRoundsMax = 50;

export class SharedReads {
  readonly #flights = new Map<string, Promise<readonly Batch[]>>();
  readonly #waiting: (() => void)[] = [];
  #readCount = 0;
  /** The most recently read one is last. */
  #kept: Batch[] = [];
  #idleRounds = 0;
  #version = 0;

  /** @param wanted.place - where in the storage the search begins: reads with the same place are likely to want the same batch */
  async read(wanted: { readonly from: Offset; readonly place: string }, read: () => Promise<readonly Batch[]>): Promise<readonly Batch[]> {
    const { from, place } = wanted;
    const version = this.#version;
    const flight = this.#flights.get(place);
    if (flight !== undefined) {
      const others = await flight.catch(() => []);
      if (this.#version === version && holds(others[0], from)) return others;
    }
    const own = this.#inTurn(from, read);
    if (!this.#flights.has(place)) {
      const over = (): void => {
        if (this.#flights.get(place) === own) this.#flights.delete(place);
      };
      this.#flights.set(place, own);
      own.then(over, over);
    }
    const batches = await own;
    if (this.#version === version) this.#keep(batches);
    return batches;
  }

  /** @returns `undefined` if it is not kept */
  find(from: Offset): readonly Batch[] | undefined {
    const kept = this.#kept.find((batch) => holds(batch, from));
    if (kept === undefined) return undefined;
    this.#idleRounds = 0;
    return [kept];
  }

  /** What was read may no longer be in the log. */
  forget(): void {
    this.#version += 1;
    this.#kept = [];
    this.#flights.clear();
  }

  /** Called from time to time. */
  maintain(): void {
    this.#idleRounds += 1;
    if (this.#idleRounds > idleRoundsMax) this.#kept = [];
  }

  async #inTurn(from: Offset, read: () => Promise<readonly Batch[]>): Promise<readonly Batch[]> {
    if (this.#readCount >= readsMax) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#readCount += 1;
    try {
      return this.find(from) ?? (await read());
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#readCount -= 1;
      else next();
    }
  }

  #keep(batches: readonly Batch[]): void {
    const [batch] = batches;
    if (batch === undefined || batches.length > 1 || batch.bytes.length < largeBytes) return;
    this.#idleRounds = 0;
    this.#kept = [...this.#kept.filter((other) => other !== batch), batch];
    let bytes = this.#kept.reduce((sum, each) => sum + each.bytes.length, 0);
    while (bytes > keptBytesMax && this.#kept.length > 1) bytes -= this.#kept.shift()?.bytes.length ?? 0;
  }
}

function holds(batch: Batch | undefined, entry: Offset): boolean {
  return batch !== undefined && batch.baseOffset <= entry && entry < batch.baseOffset + batch.entryCount;
}
