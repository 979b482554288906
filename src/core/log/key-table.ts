/**
 * Keys by number and by fingerprint, in pages of flat arrays (72 bytes a key and its bucket, no objects). Its hash table grows
 * by one bucket at a time (linear hashing: Litwin, "Linear hashing: a new tool for file and table addressing", 1980), so that
 * no call takes longer because there are many keys.
 */

import { assert } from '../model/assert.ts';
import { fingerprintBytes } from '../model/batch.ts';
import type { PlacedKey } from '../model/batch.ts';
import type { KeyPlace } from '../model/log-part.ts';

const pageKeys = 1024;
const slotBytes = 2 * fingerprintBytes;
const firstBuckets = 64;

/** The key with this number is in slot `number % pageKeys` of its page. */
class KeyPage {
  readonly offsets = new Float64Array(pageKeys);
  readonly numbers = new Float64Array(pageKeys);
  readonly ages = new Float64Array(pageKeys);
  readonly entryCounts = new Uint32Array(pageKeys);
  /** The fingerprint and the digest of each. */
  readonly bytes = new Uint8Array(pageKeys * slotBytes);
  /** How many keys before it the next older key of its chain is; 0: the chain ends. */
  readonly distances = new Uint32Array(pageKeys);
}

/** What is held of a key. */
interface HeldKey {
  readonly offset: number;
  readonly number: number;
  readonly age: number;
  readonly entryCount: number;
}

export class KeyTable {
  /** Keys numbered `[#first, #end)` are held. What chains and pages have of others does not count. */
  #first = 0;
  #end = 0;
  #pages: KeyPage[] = [];
  /** How many pages have gone before the first one. */
  #gonePages = 0;
  /** For each bucket the number of its newest key plus one, or 0; in arrays of `pageKeys`. */
  readonly #newest: Float64Array[] = [];
  /** There are `#level + #split` buckets: those before `#split` have been split into two. */
  #level = firstBuckets;
  #split = 0;

  get first(): number {
    return this.#first;
  }

  get end(): number {
    return this.#end;
  }

  add(value: PlacedKey, place: KeyPlace): void {
    assert(value.fingerprint.length === fingerprintBytes, 'a fingerprint has 16 bytes');
    assert(value.digest.length === fingerprintBytes, 'a digest has 16 bytes');
    const key = this.#end;
    if (key === (this.#gonePages + this.#pages.length) * pageKeys) this.#pages.push(new KeyPage());
    const page = this.#pageOf(key);
    const slot = key % pageKeys;
    page.offsets[slot] = value.offset;
    page.numbers[slot] = place.number;
    page.ages[slot] = place.age;
    page.entryCounts[slot] = value.entryCount;
    page.bytes.set(value.fingerprint, slot * slotBytes);
    page.bytes.set(value.digest, slot * slotBytes + fingerprintBytes);
    const bucket = this.#bucketOf(value.fingerprint, 0);
    this.#link(key, this.#newestIn(bucket));
    this.#setNewest(bucket, key);
    this.#end += 1;
    if (this.#end - this.#first > this.#level + this.#split) this.#splitBucket();
  }

  /** @returns the number of the newest key with this fingerprint */
  find(fingerprint: Uint8Array): number | undefined {
    let key = this.#newestIn(this.#bucketOf(fingerprint, 0));
    while (key !== undefined && !this.#has(key, 0, fingerprint)) key = this.#olderThan(key);
    return key;
  }

  hasDigest(key: number, digest: Uint8Array): boolean {
    return this.#has(key, fingerprintBytes, digest);
  }

  offsetOf(key: number): number {
    return this.#pageOf(key).offsets[key % pageKeys] ?? 0;
  }

  ageOf(key: number): number {
    return this.#pageOf(key).ages[key % pageKeys] ?? 0;
  }

  get(key: number): HeldKey {
    const page = this.#pageOf(key);
    const slot = key % pageKeys;
    return {
      offset: page.offsets[slot] ?? 0,
      number: page.numbers[slot] ?? 0,
      age: page.ages[slot] ?? 0,
      entryCount: page.entryCounts[slot] ?? 0,
    };
  }

  /** The newest of all keys is also the newest of its chain. */
  removeNewest(): void {
    assert(this.#end > this.#first, 'there is a key to remove');
    const key = this.#end - 1;
    this.#setNewest(this.#bucketOf(this.#pageOf(key).bytes, (key % pageKeys) * slotBytes), this.#olderThan(key));
    this.#end = key;
    if (key === (this.#gonePages + this.#pages.length - 1) * pageKeys) this.#pages.pop();
  }

  /** Lets all keys before this one go. */
  removeBefore(first: number): void {
    assert(first >= this.#first && first <= this.#end, 'only what is held is let go');
    this.#first = first;
    const gone = Math.floor(first / pageKeys) - this.#gonePages;
    if (gone === 0) return;
    this.#pages = this.#pages.slice(gone);
    this.#gonePages += gone;
  }

  #pageOf(key: number): KeyPage {
    const page = this.#pages[Math.floor(key / pageKeys) - this.#gonePages];
    assert(page !== undefined, 'each key that is held has a page');
    return page;
  }

  /** The next older key of its chain, as long as that is held. */
  #olderThan(key: number): number | undefined {
    const distance = this.#pageOf(key).distances[key % pageKeys] ?? 0;
    return distance === 0 || key - distance < this.#first ? undefined : key - distance;
  }

  #link(key: number, older: number | undefined): void {
    this.#pageOf(key).distances[key % pageKeys] = older === undefined ? 0 : key - older;
  }

  #newestIn(bucket: number): number | undefined {
    const newest = this.#newest[Math.floor(bucket / pageKeys)]?.[bucket % pageKeys] ?? 0;
    return newest <= this.#first ? undefined : newest - 1;
  }

  #setNewest(bucket: number, key: number | undefined): void {
    const page = Math.floor(bucket / pageKeys);
    // Buckets come one after the other, so a page is missing only at the end, or before the first key.
    const newest = (this.#newest[page] ??= new Float64Array(pageKeys));
    newest[bucket % pageKeys] = key === undefined ? 0 : key + 1;
  }

  /** Divides the keys of the next bucket among it and a new one at the end. Both chains stay newest first. */
  #splitBucket(): void {
    const [from, to] = [this.#split, this.#split + this.#level];
    let key = this.#newestIn(from);
    this.#split += 1;
    if (this.#split === this.#level) [this.#level, this.#split] = [2 * this.#level, 0];
    this.#setNewest(from, undefined);
    this.#setNewest(to, undefined);
    let [lastInFrom, lastInTo]: [number | undefined, number | undefined] = [undefined, undefined];
    while (key !== undefined) {
      const older = this.#olderThan(key);
      const bucket = this.#bucketOf(this.#pageOf(key).bytes, (key % pageKeys) * slotBytes);
      const newer = bucket === from ? lastInFrom : lastInTo;
      if (newer === undefined) this.#setNewest(bucket, key);
      else this.#link(newer, key);
      this.#link(key, undefined);
      if (bucket === from) lastInFrom = key;
      else lastInTo = key;
      key = older;
    }
  }

  /** A fingerprint is a hash already, so its first bytes serve as one. */
  #bucketOf(bytes: Uint8Array, position: number): number {
    const hash =
      (bytes[position] ?? 0) | ((bytes[position + 1] ?? 0) << 8) | ((bytes[position + 2] ?? 0) << 16) | ((bytes[position + 3] ?? 0) << 24);
    const bucket = hash & (this.#level - 1);
    return bucket < this.#split ? hash & (2 * this.#level - 1) : bucket;
  }

  /** @param place - of the bytes in the slot */
  #has(key: number, place: number, bytes: Uint8Array): boolean {
    const held = this.#pageOf(key).bytes;
    const start = (key % pageKeys) * slotBytes + place;
    for (let i = 0; i < fingerprintBytes; i += 1) {
      if (held[start + i] !== bytes[i]) return false;
    }
    return true;
  }
}
