/**
 * The end of a log on a disk: the last segment, which grows, until the next one begins.
 *
 * A batch is written once, at the end, and made durable by the next flush. Several batches may be written between flushes, and
 * the next mark (flush-mark.ts) says how far the flush before it reached. A segment is flushed completely and closed before the
 * next one begins; its index is written beside the appends that follow.
 */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import type { BatchNumber, Epoch } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import { NoRoom } from '../ports/ports.ts';
import type { Disk, DiskFile } from '../ports/ports.ts';
import { encodeMark } from './format/flush-mark.ts';
import { SegmentMetadata } from './format/segment-metadata.ts';
import { heldOf } from './recovery/forgotten.ts';
import type { TornTail } from './recovery/torn-tail.ts';
import type { ClosedSegments } from './segments/closed-segments.ts';
import type { IndexFiles } from './segments/index-files.ts';
import type { StateKeeper } from './state-keeper.ts';

/** A point in a log, and the epoch of the batch before it; `undefined` if there is none. */
export interface TailStart extends LogPoint {
  readonly lastEpoch: Epoch | undefined;
}

interface Parts {
  readonly disk: Disk;
  readonly segmentBytesMax: number;
  readonly indexes: IndexFiles;
  readonly closed: ClosedSegments;
  readonly states: StateKeeper;
  /** Everything in it is flushed. `undefined` in an empty folder. */
  readonly last: SegmentMetadata | undefined;
  /** Where the log begins, and without a segment also ends. */
  readonly start: TailStart;
  /** A torn tail in the file of the last segment that waits for room in `cut/`. */
  readonly tornTail: TornTail | undefined;
  /** Called with each batch that was stored. */
  readonly stored: (batch: Batch) => void;
}

export class LogTail {
  readonly #parts: Parts;
  #start: TailStart;
  #last: SegmentMetadata | undefined;
  #tornTail: TornTail | undefined;
  /** The file of the last segment; opened when it is first needed. */
  #file: DiskFile | undefined;
  #flushing: Promise<BatchNumber> | undefined;
  /** Set while one segment is closed and the next one begun. */
  #rolling: Promise<SegmentMetadata> | undefined;
  /** How far the last segment is flushed, and the position in its last mark. */
  #flushedPosition: number;
  #markedPosition = 0;
  /** A flush failed: nobody knows what is on the disk, and the next flush may say that all is well. */
  #failure: { readonly error: unknown } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#start = parts.start;
    this.#last = parts.last;
    this.#tornTail = parts.tornTail;
    this.#flushedPosition = parts.last?.size ?? 0;
  }

  get last(): SegmentMetadata | undefined {
    return this.#last;
  }

  get end(): LogPoint {
    return this.#last?.end ?? this.#start;
  }

  get tornBytes(): number {
    return this.#tornTail?.bytes ?? 0;
  }

  /** Settles when the flush in progress is over. @throws its failure */
  async flushed(): Promise<void> {
    await this.#flushing;
  }

  async append(batches: readonly Batch[]): Promise<void> {
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
    await this.#cutTornTail();
    let segment = await this.#segmentFor(bytes);
    try {
      await this.#appendTo(segment, batches);
    } catch (error) {
      // The file may not grow further, but a new one may hold the batches.
      if (!(error instanceof NoRoom) || error.lacks !== 'file size' || !segment.hasEntries) throw error;
      segment = await this.#segmentFor(Number.POSITIVE_INFINITY);
      await this.#appendTo(segment, batches);
    }
    for (const batch of batches) {
      assert(batch.number === this.end.number, 'batches are stored in order');
      segment.add(batch, segment.size);
      this.#parts.stored(batch);
    }
  }

  /** @param isCutting - then it may still cover batches that are about to go, and is not noted */
  flush(isCutting: () => boolean): Promise<BatchNumber> {
    this.#flushing = this.#flushLast(isCutting).finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Writes a mark for the last flush, if nothing was written since: from then on a bad record before it is known to be damage. */
  async mark(): Promise<void> {
    const segment = this.#last;
    if (segment === undefined || this.#flushedPosition <= this.#markedPosition || this.#flushedPosition < segment.size) return;
    if (this.#tornTail !== undefined || this.#failure !== undefined) return;
    try {
      const file = await this.open();
      await file.append([encodeMark(this.#flushedPosition)]);
    } catch (error) {
      if (error instanceof NoRoom) return;
      throw error;
    }
    this.#markedPosition = this.#flushedPosition;
    segment.addMark();
  }

  /** The log ends in this segment from now on, at this position, which is where its file was cut and flushed. */
  continueIn(segment: SegmentMetadata, { file, position }: { readonly file: DiskFile; readonly position: number }): void {
    this.#last = segment;
    this.#file = file;
    this.#tornTail = undefined;
    this.#flushedPosition = position;
    this.#markedPosition = 0;
  }

  /** Makes durable what is written, and removes a torn tail: then all of the last segment is sound. @throws NoRoom */
  async settle(): Promise<void> {
    await this.#cutTornTail();
    if (this.#file !== undefined) await this.flushFile(this.#file);
  }

  /** All segments are gone, and the log begins here; the next batch begins a new one. */
  beginAt(start: TailStart): void {
    assert(this.#file === undefined, 'the file of a segment that is gone is closed');
    this.#last = undefined;
    this.#start = start;
    this.#flushedPosition = 0;
    this.#markedPosition = 0;
  }

  async addSegment(): Promise<SegmentMetadata> {
    const { disk, closed, states } = this.#parts;
    const before = this.#last;
    const segment = new SegmentMetadata(this.end, before?.lastEpoch ?? this.#start.lastEpoch);
    const file = await disk.open(segment.name);
    await disk.syncFolder();
    assert(file.size === 0, 'a new segment is empty');
    // Only when the next segment is durable, because only a closed segment may have an index.
    if (before !== undefined) closed.add(before);
    this.#last = segment;
    states.segmentBegun();
    this.#file = file;
    this.#flushedPosition = 0;
    this.#markedPosition = 0;
    return segment;
  }

  /** The file of the last segment. */
  async open(): Promise<DiskFile> {
    assert(this.#last !== undefined, 'there is a segment to open');
    this.#file ??= await this.#parts.disk.open(this.#last.name);
    return this.#file;
  }

  async closeFile(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  /** Makes everything durable. */
  async close(): Promise<void> {
    if (this.#file === undefined) return;
    await this.flush(() => false);
    await this.mark();
    await this.flushFile(this.#file);
    await this.closeFile();
  }

  /** After a failure no flush succeeds any more: the next start finds out what is there. */
  async flushFile(file: DiskFile): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      await file.flush();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  async #appendTo(segment: SegmentMetadata, batches: readonly Batch[]): Promise<void> {
    const file = await this.open();
    const pieces: Uint8Array[] = batches.map((batch) => batch.bytes);
    const hasMark = this.#flushedPosition > this.#markedPosition;
    if (hasMark) pieces.unshift(encodeMark(this.#flushedPosition));
    await file.append(pieces);
    if (!hasMark) return;
    segment.addMark();
    this.#markedPosition = this.#flushedPosition;
  }

  /** A torn tail must be cut before another batch is written. @throws NoRoom */
  async #cutTornTail(): Promise<void> {
    if (this.#tornTail === undefined) return;
    await this.#tornTail.cut(await this.open());
    this.#tornTail = undefined;
  }

  async #flushLast(isCutting: () => boolean): Promise<BatchNumber> {
    await this.#rolling?.catch((error: unknown) => {
      // If there is no room for a new segment, the append fails, not this flush: the old segment is flushed by then.
      if (!(error instanceof NoRoom)) throw error;
    });
    const end = this.end.number;
    const segment = this.#last;
    const position = segment?.size ?? 0;
    // During a cut, a flush may still cover batches that are about to go.
    const held = segment === undefined || isCutting() ? null : heldOf(segment.end, segment.lastEpoch);
    if (this.#file !== undefined) await this.flushFile(this.#file);
    // If the segment was closed meanwhile, that has flushed it too.
    if (segment !== undefined && segment === this.#last) this.#flushedPosition = Math.max(this.#flushedPosition, position);
    this.#parts.states.raise(held);
    return end;
  }

  /** The segment for the next batches; a new one if the last is full. */
  async #segmentFor(bytes: number): Promise<SegmentMetadata> {
    const last = this.#last;
    if (last === undefined) return this.addSegment();
    const isFull = last.hasEntries && last.size + bytes > this.#parts.segmentBytesMax;
    if (!isFull) return last;
    this.#rolling = this.#roll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  async #roll(): Promise<SegmentMetadata> {
    await this.#flushing;
    await this.flushFile(await this.open());
    await this.closeFile();
    // Only one index is written at a time, however fast segments fill up.
    await this.#parts.indexes.settled();
    return this.addSegment();
  }
}
