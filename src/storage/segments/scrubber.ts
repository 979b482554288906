/**
 * Reads all closed segments once after a start, little by little: damage in them is found in the hours after the start, not
 * when a client asks for the entry years later. A segment must match its index; an index that is missing or damaged is made
 * again on the way.
 */

import type { LogPoint } from '../../core/model/place.ts';
import { NoRoom } from '../../ports/ports.ts';
import type { Disk } from '../../ports/ports.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import type { ClosedSegment } from './closed-segments.ts';
import type { IndexFiles } from './index-files.ts';
import { SegmentMetadata } from '../format/segment-metadata.ts';
import { encodeIndex } from '../format/segment-index.ts';
import { SegmentScan } from './segment-scan.ts';
import type { ScanResult } from './segment-scan.ts';
import { indexName } from '../format/segment-names.ts';
import { StorageDamaged } from '../format/storage-damaged.ts';
import { withFile } from '../format/with-file.ts';

/** So little that an append which comes meanwhile hardly waits. */
const sliceBytes = 1024 * 1024;

/** What has been read since the start. */
export interface Verified {
  readonly segments: number;
  readonly bytes: number;
  /** How many indexes were missing or damaged. */
  readonly renewedIndexes: number;
}

interface Reading {
  readonly segment: ClosedSegment;
  readonly metadata: SegmentMetadata;
  readonly scan: SegmentScan;
}

export interface ScrubberParts {
  readonly disk: Disk;
  readonly indexes: IndexFiles;
  readonly segments: readonly ClosedSegment[];
  /** Called when everything has been read and is sound. */
  readonly done: (verified: Verified) => void;
}

export class Scrubber {
  readonly #parts: ScrubberParts;
  #waiting: ClosedSegment[];
  #reading: Reading | undefined;
  /** The step in progress. It never fails. */
  #stepping: Promise<void> = Promise.resolve();
  #verified = { segments: 0, bytes: 0, renewedIndexes: 0 };

  constructor(parts: ScrubberParts) {
    this.#parts = parts;
    // Segments without an index come first: until they have one, the next start must read them again.
    this.#waiting = parts.segments.toSorted((a, b) => Number(isKnown(a)) - Number(isKnown(b)));
  }

  get isOver(): boolean {
    return this.#waiting.length === 0;
  }

  /** Reads a little more. Must not be called during a cut. @throws StorageDamaged */
  async step(): Promise<void> {
    const [segment] = this.#waiting;
    if (segment === undefined) return;
    const stepping = this.#stepIn(segment);
    this.#stepping = stepping.catch(() => undefined);
    try {
      await stepping;
    } catch (error) {
      // There is no file descriptor to read with: try again later.
      if (!(error instanceof NoRoom)) throw error;
    }
  }

  async #stepIn(segment: ClosedSegment): Promise<void> {
    const reading = (this.#reading ??= begin(segment));
    const { metadata } = reading;
    const result = await this.#readSlice(reading);
    // Dropped meanwhile: its file is about to go.
    if (this.#waiting[0] !== segment) return;
    if (result === undefined) return;
    this.#reading = undefined;
    check(segment, metadata, result);
    await this.#compareIndex(segment, metadata);
    if (this.#waiting.length === 1) await this.#parts.indexes.settled();
    if (this.#waiting[0] !== segment) return;
    this.#waiting.shift();
    this.#verified.segments += 1;
    this.#verified.bytes += segment.size;
    if (this.isOver) this.#parts.done(this.#verified);
  }

  /** The segments from `point` on are no longer closed segments. */
  cut(point: LogPoint): void {
    if (this.isOver) return;
    this.#reading = undefined;
    this.#waiting = this.#waiting.filter((segment) => segment.end.number <= point.number);
    if (this.isOver) this.#parts.done(this.#verified);
  }

  /** These segments lie before the base now, and are about to be removed. Resolves when none of them is open here any more. */
  async drop(names: ReadonlySet<string>): Promise<void> {
    if (!this.isOver) {
      if (this.#reading !== undefined && names.has(this.#reading.segment.name)) this.#reading = undefined;
      this.#waiting = this.#waiting.filter((segment) => !names.has(segment.name));
      if (this.isOver) this.#parts.done(this.#verified);
    }
    await this.#stepping;
  }

  async #readSlice({ segment, scan }: Reading): Promise<ScanResult | undefined> {
    const { name } = segment;
    try {
      return await withFile(this.#parts.disk, name, (file) => scan.step(file, sliceBytes));
    } catch (error) {
      // Its format was known when its index was made, so this is damage.
      if (error instanceof UnknownFormat)
        throw new StorageDamaged(name, `damaged at position ${scan.position}: ${error.message}`, { cause: error });
      throw error;
    }
  }

  async #compareIndex(segment: ClosedSegment, metadata: SegmentMetadata): Promise<void> {
    const { indexes } = this.#parts;
    const index = encodeIndex(metadata);
    await indexes.settled();
    if (segment.indexChecksum !== undefined && segment.indexChecksum !== index.checksum) {
      await indexes.remove([segment.name]);
      throw new StorageDamaged(
        indexName(segment.name),
        'it is intact but does not match its segment; it was removed, and the next start works without it',
      );
    }
    segment.indexChecksum = index.checksum;
    if (await indexes.holds(segment.name, index)) return;
    indexes.write(segment.name, index);
    this.#verified.renewedIndexes += 1;
  }
}

/** Whether the segment is known from its index. */
function isKnown({ indexChecksum }: ClosedSegment): boolean {
  return indexChecksum !== undefined;
}

function begin(segment: ClosedSegment): Reading {
  const metadata = new SegmentMetadata(segment.start);
  return { segment, metadata, scan: new SegmentScan((batch, position) => metadata.take(batch, position)) };
}

/** @throws StorageDamaged */
function check({ name, end, size }: ClosedSegment, metadata: SegmentMetadata, { problem, validEnd }: ScanResult): void {
  if (problem !== undefined) throw new StorageDamaged(name, `damaged at position ${validEnd}, where flushed data was: ${problem}`);
  if (validEnd === size && metadata.end.number === end.number && metadata.end.offset === end.offset) {
    metadata.setSize(validEnd);
    return;
  }
  throw new StorageDamaged(
    name,
    `damaged at position ${validEnd}: it ends at offset ${metadata.end.offset} after ${validEnd} bytes, but ended at offset ${end.offset} after ${size} bytes`,
  );
}
