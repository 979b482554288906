/**
 * One file of the log: batches, with flush marks between them, and a sparse index in memory. Its name is the offset of
 * its first entry, in 20 digits.
 */

import type { Batch } from '../core/batch.ts';
import { assert } from '../core/assert.ts';
import type { BatchNumber, Offset } from '../core/numbers.ts';
import type { LogPoint } from '../core/place.ts';
import type { DiskFile } from '../ports.ts';
import { readRecord } from './segment-scan.ts';
import { markBytes } from './flush-mark.ts';
import { StorageDamaged } from './storage-damaged.ts';

/** Bytes between two places that the index knows. */
const indexEveryBytes = 64 * 1024;
const namePattern = /^\d{20}\.log$/;

interface IndexEntry extends LogPoint {
  readonly position: number;
}

export function segmentName(first: Offset): string {
  return `${String(first).padStart(20, '0')}.log`;
}

export function isSegmentName(name: string): boolean {
  return namePattern.test(name);
}

export function firstOffsetOf(name: string): number {
  return Number.parseInt(name, 10);
}

export class Segment {
  readonly name: string;
  /** What it begins with. */
  readonly start: LogPoint;
  readonly #index: IndexEntry[] = [];
  /** Position behind the last batch or mark. */
  #size = 0;
  #entryCount = 0;

  constructor(start: LogPoint) {
    this.name = segmentName(start.offset);
    this.start = start;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether a file that begins where this one ends has another name. */
  get hasEntries(): boolean {
    return this.#entryCount > 0;
  }

  addBatch(batch: Batch, position: number): void {
    assert(position >= this.#size, 'batches lie one behind the other');
    if (position - (this.#index.at(-1)?.position ?? -indexEveryBytes) >= indexEveryBytes) {
      this.#index.push({ number: batch.number, offset: batch.baseOffset, position });
    }
    this.#size = position + batch.bytes.length;
    this.#entryCount += batch.entryCount;
  }

  addMark(): void {
    this.#size += markBytes;
  }

  /** Of a scan: where valid content ends, marks included. */
  setSize(size: number): void {
    this.#size = size;
  }

  /** Forgets what lies from `point` on, which begins at `position`. */
  cut(point: LogPoint, position: number): void {
    while ((this.#index.at(-1)?.position ?? -1) >= position) this.#index.pop();
    this.#size = position;
    this.#entryCount = point.offset - this.start.offset;
  }

  /** Where to begin reading to find batch `number`. */
  positionBefore(number: BatchNumber): number {
    return this.#lastBefore((entry) => entry.number <= number);
  }

  /** Where to begin reading to find entry `offset`. */
  positionBeforeEntry(offset: Offset): number {
    return this.#lastBefore((entry) => entry.offset <= offset);
  }

  /**
   * Batches from `position` on, in order: the first for which `isWanted`, then more while they fit in `bytesMax`.
   * @throws StorageDamaged
   */
  async read(
    file: DiskFile,
    parts: { readonly position: number; readonly bytesMax: number; readonly isWanted: (batch: Batch) => boolean },
  ): Promise<Batch[]> {
    const found: Batch[] = [];
    let foundBytes = 0;
    await this.walk(file, { position: parts.position, aheadBytes: Math.min(parts.bytesMax, 1024 * 1024) }, (batch) => {
      if (found.length === 0 && !parts.isWanted(batch)) return true;
      foundBytes += batch.bytes.length;
      if (found.length > 0 && foundBytes > parts.bytesMax) return false;
      found.push(batch);
      return foundBytes < parts.bytesMax;
    });
    return found;
  }

  /**
   * Visits the batches from `position` on, each with the position behind it, until `visit` says false.
   * @throws StorageDamaged
   */
  async walk(
    file: DiskFile,
    from: { readonly position: number; readonly aheadBytes: number },
    visit: (batch: Batch, end: number) => boolean,
  ): Promise<void> {
    let { position } = from;
    let bytes: Buffer = Buffer.alloc(0);
    let at = 0;
    let wanted = from.aheadBytes + indexEveryBytes;
    for (;;) {
      const record = readRecord(bytes, at);
      if (record.kind === 'batch') {
        at += record.batch.bytes.length;
        position += record.batch.bytes.length;
        if (!visit(record.batch, position)) return;
      } else if (record.kind === 'mark') {
        at += markBytes;
        position += markBytes;
      } else if (record.kind === 'incomplete') {
        const readEnd = position + (bytes.length - at);
        const length = Math.min(this.#size - readEnd, Math.max(wanted, record.missingBytes));
        if (length <= 0) return;
        const more = await file.read(readEnd, length);
        if (more.length === 0) return;
        bytes = at === bytes.length ? more : Buffer.concat([bytes.subarray(at), more]);
        at = 0;
        wanted = indexEveryBytes;
      } else throw new StorageDamaged(this.name, `at position ${position}: ${record.reason}`);
    }
  }

  #lastBefore(isBefore: (entry: IndexEntry) => boolean): number {
    let low = 0;
    let high = this.#index.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#index[middle];
      if (entry !== undefined && isBefore(entry)) low = middle + 1;
      else high = middle;
    }
    return this.#index[low - 1]?.position ?? 0;
  }
}
