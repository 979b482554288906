/**
 * Which forwarded appends the log holds, by the identities that the forwarders gave them. It does for them what
 * `IdempotencyIndex` does for keys, separately, so that no key is forgotten to make room for an append without one.
 *
 * A forwarder numbers its appends, and sends one again within minutes or never. So the highest numbers of each forwarder are
 * kept in a ring of at most `ofForwarderMax`. A number below them that is not there is *forgotten*, and not taken for new.
 * Appends older than `windowMs`, by the age of the log, are replaced before the ring grows. They may also be known for longer:
 * an identity is given only once, so that does no harm. That is why a cut has nothing to bring back, and why two nodes with the
 * same log may have forgotten different ones.
 *
 * Each takes 36 bytes, and there are `appendsMax` in total. If that is too few, the forwarder that has been silent longest
 * keeps only its highest few.
 */

import { isOutOfWindow } from './idempotency-index.ts';
import type { KnownAppend } from '../model/append-index.ts';
import type { PlacedKey } from '../model/batch.ts';
import { forwardLimits, identityOf } from '../model/forward-identity.ts';
import type { ForwardIdentity, ForwardLimits } from '../model/forward-identity.ts';
import { batchNumber, offset } from '../model/numbers.ts';
import type { KeyPlace } from '../model/log-part.ts';
import type { BatchNumber, LogAge, Offset } from '../model/numbers.ts';

const smallestRing = 64;

export class ForwardedAppends {
  readonly #limits: ForwardLimits;
  readonly #rings = new Map<number, Ring>();
  /** Slots in all rings. */
  #room = 0;
  #newest = batchNumber(-1);

  constructor(limits: ForwardLimits = forwardLimits) {
    this.#limits = limits;
  }

  /** The last batch in the log that holds a forwarded append; -1 if none is known. */
  get newest(): BatchNumber {
    return this.#newest;
  }

  /** The number of slots, including free ones. */
  get room(): number {
    return this.#room;
  }

  add(key: PlacedKey, { number: batch, age }: KeyPlace): void {
    const identity = identityOf(key);
    if (identity === undefined) return;
    const append = { number: identity.number, offset: key.offset, batch, entryCount: key.entryCount, age };
    const ring = this.#ringOf(identity.forwarder, age);
    while (!ring.hasRoomFor(append, (old) => this.#isOld(old, age)) && this.#grow(ring));
    ring.put(append);
    if (batch > this.#newest) this.#newest = batch;
  }

  /** @returns `forgotten` if it may be in the log, but this is no longer known */
  find(identity: ForwardIdentity, entryCount: number): KnownAppend | 'forgotten' | undefined {
    const ring = this.#rings.get(identity.forwarder);
    if (ring === undefined) return undefined;
    const slot = ring.slotOf(identity.number);
    if (ring.numbers[slot] !== identity.number) return identity.number < ring.floor ? 'forgotten' : undefined;
    return {
      offset: offset(ring.offsets[slot] ?? 0),
      number: batchNumber(ring.batches[slot] ?? 0),
      entryCount: ring.entryCounts[slot] ?? 0,
      isSameMessage: ring.entryCounts[slot] === entryCount,
    };
  }

  /** Removes the appends at offset `end` and beyond. */
  cut(end: Offset): void {
    let newest = -1;
    for (const ring of this.#rings.values()) newest = Math.max(newest, ring.cut(end));
    this.#newest = batchNumber(newest);
  }

  #ringOf(forwarder: number, age: LogAge): Ring {
    const known = this.#rings.get(forwarder);
    if (known !== undefined) return known;
    this.#makeRoom(age);
    const ring = new Ring(smallestRing);
    this.#rings.set(forwarder, ring);
    this.#room += ring.capacity;
    return ring;
  }

  /** Removes the forwarders that have been silent for the window; if there are still too many, the one silent longest. */
  #makeRoom(age: LogAge): void {
    let oldest: { readonly forwarder: number; readonly age: number } | undefined;
    for (const [forwarder, ring] of this.#rings) {
      if (this.#isOld(ring.newestAge, age)) this.#forget(forwarder, ring);
      else if (oldest === undefined || ring.newestAge < oldest.age) oldest = { forwarder, age: ring.newestAge };
    }
    if (this.#rings.size < this.#limits.forwardersMax || oldest === undefined) return;
    const ring = this.#rings.get(oldest.forwarder);
    if (ring !== undefined) this.#forget(oldest.forwarder, ring);
  }

  #forget(forwarder: number, ring: Ring): void {
    this.#rings.delete(forwarder);
    this.#room -= ring.capacity;
  }

  /** @returns whether it could grow */
  #grow(ring: Ring): boolean {
    const { ofForwarderMax, appendsMax } = this.#limits;
    if (ring.capacity >= ofForwarderMax) return false;
    while (this.#room + ring.capacity > appendsMax) {
      const silent = this.#mostSilent(ring.newestAge);
      if (silent === undefined) return false;
      this.#room -= silent.capacity - smallestRing;
      silent.resize(smallestRing);
    }
    this.#room += ring.capacity;
    ring.resize(2 * ring.capacity);
    return true;
  }

  /** Of the rings larger than the smallest, the one that has been silent longest, and longer than since `age`. */
  #mostSilent(age: number): Ring | undefined {
    let found: Ring | undefined;
    for (const ring of this.#rings.values()) {
      if (ring.capacity > smallestRing && ring.newestAge < (found?.newestAge ?? age)) found = ring;
    }
    return found;
  }

  #isOld(then: number, now: LogAge): boolean {
    return isOutOfWindow(then, now, this.#limits);
  }
}

interface Forwarded {
  readonly number: number;
  readonly offset: number;
  readonly batch: number;
  readonly entryCount: number;
  readonly age: number;
}

const free = -1;

/** The appends of one forwarder. Number n is in slot `n % capacity`. */
class Ring {
  /** A number below this that is not in the ring is forgotten. */
  floor = 0;
  newestAge = 0;
  numbers: Float64Array;
  offsets: Float64Array;
  batches: Float64Array;
  ages: Float64Array;
  entryCounts: Uint32Array;

  constructor(capacity: number) {
    this.numbers = new Float64Array(capacity).fill(free);
    this.offsets = new Float64Array(capacity);
    this.batches = new Float64Array(capacity);
    this.ages = new Float64Array(capacity);
    this.entryCounts = new Uint32Array(capacity);
  }

  get capacity(): number {
    return this.numbers.length;
  }

  slotOf(number: number): number {
    return number % this.numbers.length;
  }

  /** Whether it would push out no append that may still be sent again. */
  hasRoomFor({ number }: Forwarded, isOld: (age: number) => boolean): boolean {
    const slot = this.slotOf(number);
    const there = this.numbers[slot] ?? free;
    return there === free || there === number || isOld(this.ages[slot] ?? 0);
  }

  put({ number, offset: at, batch, entryCount, age }: Forwarded): void {
    if (age > this.newestAge) this.newestAge = age;
    const slot = this.slotOf(number);
    const there = this.numbers[slot] ?? free;
    // If a higher number is there, this append came late, and is forgotten itself.
    const pushedOut = Math.min(there, number);
    if (there !== free && there !== number && pushedOut >= this.floor) this.floor = pushedOut + 1;
    if (there > number) return;
    this.numbers[slot] = number;
    this.offsets[slot] = at;
    this.batches[slot] = batch;
    this.ages[slot] = age;
    this.entryCounts[slot] = entryCount;
  }

  /** If there is too little room, the highest numbers stay. */
  resize(capacity: number): void {
    const { numbers, offsets, batches, ages, entryCounts } = this;
    this.numbers = new Float64Array(capacity).fill(free);
    this.offsets = new Float64Array(capacity);
    this.batches = new Float64Array(capacity);
    this.ages = new Float64Array(capacity);
    this.entryCounts = new Uint32Array(capacity);
    for (const [slot, number] of numbers.entries()) {
      if (number === free) continue;
      const [at, batch, age] = [offsets[slot] ?? 0, batches[slot] ?? 0, ages[slot] ?? 0];
      this.put({ number, offset: at, batch, age, entryCount: entryCounts[slot] ?? 0 });
    }
  }

  /** @returns the last batch with an append that stays; -1 if none does */
  cut(end: Offset): number {
    let newest = -1;
    for (const [slot, number] of this.numbers.entries()) {
      if (number === free) continue;
      if ((this.offsets[slot] ?? 0) >= end) this.numbers[slot] = free;
      else newest = Math.max(newest, this.batches[slot] ?? 0);
    }
    return newest;
  }
}
