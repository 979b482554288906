/**
 * Key -> offset, as a function of the log up to its end: a key is known while it is among the last `keysMax` and the log
 * has been led for at most `windowMs` since its entry was written (`LogAge`). No wall clock is involved, so no key is
 * forgotten because a clock jumps ahead.
 *
 * A cut removes the keys of the entries that are cut, and brings back those that they had pushed out of the window. So a key
 * is deleted only when the *committed* part of the log has pushed it out, which no cut can undo. Until then it is kept but not
 * found.
 *
 * Keys are numbered in the order of the log.
 */

import type { KnownAppend } from '../model/append-index.ts';
import { assert } from '../model/assert.ts';
import type { PlacedKey } from '../model/batch.ts';
import { defaultIdempotencyWindowMs } from '../model/control.ts';
import { batchNumber, offset } from '../model/numbers.ts';
import { partitionPoint } from '../model/partition-point.ts';
import type { KeyPlace } from '../model/log-part.ts';
import type { LogAge, Offset } from '../model/numbers.ts';
import { KeyTable } from './key-table.ts';

export interface IdempotencyLimits {
  readonly keysMax: number;
  readonly windowMs: number;
}

/** Of a real node; the cluster may decide on another window. */
export const idempotencyLimits: IdempotencyLimits = { keysMax: 1_000_000, windowMs: defaultIdempotencyWindowMs };

const minuteMs = 60_000;

/**
 * Whether a key of this age has left the window. Ages are whole minutes: a difference of n means that more than n - 1 minutes
 * have passed, so a key is kept for the whole window and up to two minutes longer.
 */
export function isOutOfWindow(age: LogAge | number, lastAge: LogAge | number, { windowMs }: Pick<IdempotencyLimits, 'windowMs'>): boolean {
  return (lastAge - age - 1) * minuteMs >= windowMs;
}

export class IdempotencyIndex {
  #limits: IdempotencyLimits;
  /** Keys below this are in the committed part of the log. */
  #committed = 0;
  readonly #table = new KeyTable();

  constructor(limits: IdempotencyLimits) {
    this.#limits = limits;
  }

  /** The cluster has decided how long keys are remembered. */
  setWindow(windowMs: number): void {
    this.#limits = { ...this.#limits, windowMs };
  }

  /** The offset of the first key that is in the window of a log that ends here, with this age; `undefined` if there is none. */
  firstOffset(lastAge: LogAge): Offset | undefined {
    const { end } = this.#table;
    const first = this.#firstAmongLast();
    // Ages never go back, so the keys in the window are the last ones.
    const count = partitionPoint(end - first, (index) => isOutOfWindow(this.#table.ageOf(first + index), lastAge, this.#limits));
    return first + count === end ? undefined : offset(this.#table.offsetOf(first + count));
  }

  /** The number of keys held, including those that only wait for their eviction. */
  get size(): number {
    return this.#table.end - this.#table.first;
  }

  add(key: PlacedKey, place: KeyPlace): void {
    this.#table.add(key, place);
  }

  /**
   * @param lastAge - of the last batch in the log
   * @returns the newest append with this key that is inside the window
   */
  find(key: { readonly fingerprint: Uint8Array; readonly digest: Uint8Array }, lastAge: LogAge): KnownAppend | undefined {
    const found = this.#table.find(key.fingerprint);
    if (found === undefined || found < this.#firstAmongLast()) return undefined;
    const held = this.#table.get(found);
    if (isOutOfWindow(held.age, lastAge, this.#limits)) return undefined;
    return {
      offset: offset(held.offset),
      number: batchNumber(held.number),
      entryCount: held.entryCount,
      isSameMessage: this.#table.hasDigest(found, key.digest),
    };
  }

  /** Forgets the keys of entries at `end` and beyond. */
  cut(end: Offset): void {
    const table = this.#table;
    while (table.end > table.first && table.offsetOf(table.end - 1) >= end) table.removeNewest();
    assert(this.#committed <= table.end, 'a cut leaves the committed keys');
  }

  /** Deletes the keys that the log up to `committedEnd` has pushed out of the window for good. */
  evict(committedEnd: Offset): void {
    const table = this.#table;
    while (this.#committed < table.end && table.offsetOf(this.#committed) < committedEnd) this.#committed += 1;
    if (this.#committed === table.first) return;
    const newest = table.ageOf(this.#committed - 1);
    let first = Math.max(table.first, this.#committed - this.#limits.keysMax);
    while (first < this.#committed && isOutOfWindow(table.ageOf(first), newest, this.#limits)) first += 1;
    table.removeBefore(first);
  }

  /** The number of the first key that the window has room for. */
  #firstAmongLast(): number {
    return Math.max(this.#table.first, this.#table.end - this.#limits.keysMax);
  }
}
