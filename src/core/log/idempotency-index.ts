/**
 * Key -> offset, as a function of the log up to its end: a key is known while it is among the last `keysMax` and the log
 * has been led for at most `windowMs` since its entry was written (`LogAge`). No wall clock is involved, so no key is
 * forgotten because a clock jumps ahead.
 *
 * A cut removes the keys of the entries that are cut, and brings back those that they had pushed out of the window. So a key
 * is deleted only when the *committed* part of the log has pushed it out, which no cut can undo. Until then it is kept but not
 * found.
 *
 * Keys are numbered in the order of the log. They are in a ring of flat arrays (68 bytes a key, no objects), chained by hash,
 * newest first.
 */

import type { KnownAppend } from '../model/append-index.ts';
import { assert } from '../model/assert.ts';
import { fingerprintBytes } from '../model/batch.ts';
import type { PlacedKey } from '../model/batch.ts';
import { defaultIdempotencyWindowMs } from '../model/control.ts';
import { batchNumber, offset } from '../model/numbers.ts';
import { partitionPoint } from '../model/partition-point.ts';
import type { KeyPlace } from '../model/log-part.ts';
import type { LogAge, Offset } from '../model/numbers.ts';

export interface IdempotencyLimits {
  readonly keysMax: number;
  readonly windowMs: number;
}

/** Of a real node; the cluster may decide on another window. */
export const idempotencyLimits: IdempotencyLimits = { keysMax: 1_000_000, windowMs: defaultIdempotencyWindowMs };

const slotBytes = 2 * fingerprintBytes;
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
  /** Keys numbered `[#first, #end)` are held; the slot of key k is `k & (capacity - 1)`. */
  #first = 0;
  #end = 0;
  /** Keys below this are in the committed part of the log. */
  #committed = 0;
  #table = new Table(64);

  constructor(limits: IdempotencyLimits) {
    this.#limits = limits;
  }

  /** The cluster has decided how long keys are remembered. */
  setWindow(windowMs: number): void {
    this.#limits = { ...this.#limits, windowMs };
  }

  /** The offset of the first key that is in the window of a log that ends here, with this age; `undefined` if there is none. */
  firstOffset(lastAge: LogAge): Offset | undefined {
    const table = this.#table;
    const first = Math.max(this.#first, this.#end - this.#limits.keysMax);
    // Ages never go back, so the keys in the window are the last ones.
    const count = partitionPoint(this.#end - first, (index) =>
      isOutOfWindow(table.ages[table.slotOf(first + index)] ?? 0, lastAge, this.#limits),
    );
    return first + count === this.#end ? undefined : offset(table.offsets[table.slotOf(first + count)] ?? 0);
  }

  /** The number of keys held, including those that only wait for their eviction. */
  get size(): number {
    return this.#end - this.#first;
  }

  add(key: PlacedKey, place: KeyPlace): void {
    if (this.size === this.#table.capacity) this.#table = this.#table.grown(this.#first, this.#end, 2 * this.#table.capacity);
    this.#table.put(this.#end, key, place);
    this.#end += 1;
  }

  /** Makes room for `count` keys, but for no more than the window has, at once instead of step by step. */
  expect(count: number): void {
    const wanted = Math.min(count, this.#limits.keysMax);
    let { capacity } = this.#table;
    while (capacity < wanted) capacity *= 2;
    if (capacity > this.#table.capacity) this.#table = this.#table.grown(this.#first, this.#end, capacity);
  }

  /**
   * @param lastAge - of the last batch in the log
   * @returns the newest append with this key that is inside the window
   */
  find(key: { readonly fingerprint: Uint8Array; readonly digest: Uint8Array }, lastAge: LogAge): KnownAppend | undefined {
    const table = this.#table;
    const slot = table.find(key.fingerprint);
    if (slot === undefined || this.#keyIn(slot) < this.#end - this.#limits.keysMax) return undefined;
    if (isOutOfWindow(table.ages[slot] ?? 0, lastAge, this.#limits)) return undefined;
    return {
      offset: offset(table.offsets[slot] ?? 0),
      number: batchNumber(table.numbers[slot] ?? 0),
      entryCount: table.entryCounts[slot] ?? 0,
      isSameMessage: table.hasDigest(slot, key.digest),
    };
  }

  /** The number of the key that is held in this slot. */
  #keyIn(slot: number): number {
    const { capacity } = this.#table;
    const behindFirst = slot - this.#table.slotOf(this.#first);
    return this.#first + (behindFirst < 0 ? behindFirst + capacity : behindFirst);
  }

  /** Forgets the keys of entries at `end` and beyond. */
  cut(end: Offset): void {
    while (this.#end > this.#first && (this.#table.offsets[this.#table.slotOf(this.#end - 1)] ?? 0) >= end) {
      this.#end -= 1;
      this.#table.removeNewest(this.#end);
    }
    assert(this.#committed <= this.#end, 'a cut leaves the committed keys');
  }

  /** Deletes the keys that the log up to `committedEnd` has pushed out of the window for good. */
  evict(committedEnd: Offset): void {
    const table = this.#table;
    while (this.#committed < this.#end && (table.offsets[table.slotOf(this.#committed)] ?? 0) < committedEnd) {
      this.#committed += 1;
    }
    if (this.#committed === this.#first) return;
    const newest = table.ages[table.slotOf(this.#committed - 1)] ?? 0;
    while (
      this.#first < this.#committed - this.#limits.keysMax ||
      (this.#first < this.#committed && isOutOfWindow(table.ages[table.slotOf(this.#first)] ?? 0, newest, this.#limits))
    ) {
      table.removeOldest(this.#first);
      this.#first += 1;
    }
  }
}

/** The flat arrays. A link in a chain is the slot plus one; 0 ends the chain. */
class Table {
  readonly capacity: number;
  readonly offsets: Float64Array;
  readonly numbers: Float64Array;
  readonly ages: Float64Array;
  readonly entryCounts: Uint32Array;
  readonly #bytes: Uint8Array;
  /** For each slot, the link to the next older key of its chain. */
  readonly #older: Uint32Array;
  readonly #newestOf: Uint32Array;

  /** @param capacity - a power of two */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.offsets = new Float64Array(capacity);
    this.numbers = new Float64Array(capacity);
    this.ages = new Float64Array(capacity);
    this.entryCounts = new Uint32Array(capacity);
    this.#bytes = new Uint8Array(capacity * slotBytes);
    this.#older = new Uint32Array(capacity);
    this.#newestOf = new Uint32Array(capacity);
  }

  slotOf(key: number): number {
    // Key numbers may outgrow 32 bits, so no bitwise and on the whole number.
    return key % this.capacity;
  }

  put(key: number, value: PlacedKey, place: KeyPlace): void {
    assert(value.fingerprint.length === fingerprintBytes, 'a fingerprint has 16 bytes');
    assert(value.digest.length === fingerprintBytes, 'a digest has 16 bytes');
    const slot = this.slotOf(key);
    this.offsets[slot] = value.offset;
    this.numbers[slot] = place.number;
    this.ages[slot] = place.age;
    this.entryCounts[slot] = value.entryCount;
    this.#bytes.set(value.fingerprint, slot * slotBytes);
    this.#bytes.set(value.digest, slot * slotBytes + fingerprintBytes);
    this.#link(slot);
  }

  /** @returns the slot of the newest key with this fingerprint */
  find(fingerprint: Uint8Array): number | undefined {
    let link = this.#newestOf[this.#bucketOf(fingerprint, 0)] ?? 0;
    while (link !== 0 && !this.#equals((link - 1) * slotBytes, fingerprint)) link = this.#older[link - 1] ?? 0;
    return link === 0 ? undefined : link - 1;
  }

  hasDigest(slot: number, digest: Uint8Array): boolean {
    return this.#equals(slot * slotBytes + fingerprintBytes, digest);
  }

  /** The newest of all keys, which is also the newest of its chain. */
  removeNewest(key: number): void {
    const slot = this.slotOf(key);
    this.#newestOf[this.#bucketOf(this.#bytes, slot * slotBytes)] = this.#older[slot] ?? 0;
  }

  /** The oldest of all keys, which is also the last of its chain. */
  removeOldest(key: number): void {
    const oldest = this.slotOf(key) + 1;
    const bucket = this.#bucketOf(this.#bytes, this.slotOf(key) * slotBytes);
    let link = this.#newestOf[bucket] ?? 0;
    if (link === oldest) {
      this.#newestOf[bucket] = 0;
      return;
    }
    for (;;) {
      assert(link !== 0, 'every key is in its chain');
      const older = this.#older[link - 1] ?? 0;
      if (older === oldest) {
        this.#older[link - 1] = 0;
        return;
      }
      link = older;
    }
  }

  /** A larger table with the keys `[first, end)`. */
  grown(first: number, end: number, capacity: number): Table {
    const larger = new Table(capacity);
    for (let key = first; key < end; key += 1) {
      const from = this.slotOf(key);
      const to = larger.slotOf(key);
      larger.offsets[to] = this.offsets[from] ?? 0;
      larger.numbers[to] = this.numbers[from] ?? 0;
      larger.ages[to] = this.ages[from] ?? 0;
      larger.entryCounts[to] = this.entryCounts[from] ?? 0;
      larger.#bytes.set(this.#bytes.subarray(from * slotBytes, (from + 1) * slotBytes), to * slotBytes);
      larger.#link(to);
    }
    return larger;
  }

  #link(slot: number): void {
    const bucket = this.#bucketOf(this.#bytes, slot * slotBytes);
    this.#older[slot] = this.#newestOf[bucket] ?? 0;
    this.#newestOf[bucket] = slot + 1;
  }

  /** A fingerprint is a hash already, so its first bytes serve as one. */
  #bucketOf(bytes: Uint8Array, position: number): number {
    const hash =
      (bytes[position] ?? 0) +
      (bytes[position + 1] ?? 0) * 0x100 +
      (bytes[position + 2] ?? 0) * 0x1_0000 +
      (bytes[position + 3] ?? 0) * 0x100_0000;
    return hash % this.capacity;
  }

  #equals(position: number, bytes: Uint8Array): boolean {
    for (let i = 0; i < fingerprintBytes; i += 1) {
      if (this.#bytes[position + i] !== bytes[i]) return false;
    }
    return true;
  }
}
