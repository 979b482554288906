/**
 * A sparse index of one segment: where some of its batches begin, one every 64 KiB, so that a read need not begin at the
 * start of the segment. It is a flat array with three numbers for each place.
 */

import { batchNumber, offset } from '../../core/model/numbers.ts';
import type { BatchNumber, Offset } from '../../core/model/numbers.ts';
import { partitionPoint } from '../../core/model/partition-point.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { readU64, writeU64 } from '../../protocol/batch-codec.ts';

/** How many bytes are between two places, at least. */
export const positionEveryBytes = 64 * 1024;
/** The size of a place in a file: number, offset and position, a u64 each. */
export const placeBytes = 24;
const width = 3;

/** The batch that begins at `position` has this number, and its first entry has this offset. */
export interface PlacedPoint extends LogPoint {
  readonly position: number;
}

export class SparseIndex {
  readonly #start: LogPoint;
  #values = new Float64Array(width * 4);
  #count = 0;

  /** @param start - where the segment begins */
  constructor(start: LogPoint) {
    this.#start = start;
  }

  static decode(start: LogPoint, bytes: Buffer): SparseIndex {
    const index = new SparseIndex(start);
    index.#count = bytes.length / placeBytes;
    index.#values = Float64Array.from({ length: index.#count * width }, (_unused, at) => readU64(bytes, at * 8));
    return index;
  }

  get count(): number {
    return this.#count;
  }

  encode(): Buffer {
    const bytes = Buffer.alloc(this.#count * placeBytes);
    for (let at = 0; at < this.#count * width; at += 1) writeU64(bytes, this.#values[at] ?? 0, at * 8);
    return bytes;
  }

  /** Keeps the place if it is far enough from the one before. */
  add(point: LogPoint, position: number): void {
    const last = this.#count - 1;
    if (last >= 0 && position - (this.#values[last * width + 2] ?? 0) < positionEveryBytes) return;
    if (this.#values.length < (this.#count + 1) * width) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values.set([point.number, point.offset, position], this.#count * width);
    this.#count += 1;
  }

  /** Where to begin reading to find batch `number`. */
  before(number: BatchNumber): PlacedPoint {
    return this.#lastUpTo(number, 0);
  }

  /** Where to begin reading to find entry `entry`. */
  beforeEntry(entry: Offset): PlacedPoint {
    return this.#lastUpTo(entry, 1);
  }

  /** Where to begin reading to find what is at this position. */
  beforePosition(position: number): PlacedPoint {
    return this.#lastUpTo(position, 2);
  }

  /** The place at this index. */
  at(index: number): PlacedPoint {
    const first = index * width;
    return {
      number: batchNumber(this.#values[first] ?? 0),
      offset: offset(this.#values[first + 1] ?? 0),
      position: this.#values[first + 2] ?? 0,
    };
  }

  #lastUpTo(value: number, field: 0 | 1 | 2): PlacedPoint {
    const behind = partitionPoint(this.#count, (index) => (this.#values[index * width + field] ?? 0) <= value);
    if (behind === 0) return { ...this.#start, position: 0 };
    return this.at(behind - 1);
  }
}
