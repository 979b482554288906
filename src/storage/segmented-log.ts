/**
 * The log on a disk: a folder of segments, of which the last one grows.
 *
 * A batch is written once, at the end, and made durable by the next flush. Between flushes several batches may be
 * written; the next mark (flush-mark.ts) tells how far the flush before it came. A segment is closed, flushed whole,
 * before the next one begins.
 *
 * Invariants: segments hold consecutive batches; only the last one can hold anything that is not flushed; what `cut`
 * takes out is durable in `cut/` before it is taken out.
 */

import { assert } from '../core/assert.ts';
import type { Batch } from '../core/batch.ts';
import type { NodeRecord } from '../core/events.ts';
import { batchNumber, timestampMs } from '../core/numbers.ts';
import type { BatchNumber, NodeId, Offset, TimestampMs } from '../core/numbers.ts';
import { logStart } from '../core/place.ts';
import type { LogPoint } from '../core/place.ts';
import { NoRoom } from '../ports.ts';
import type { Disk, DiskFile } from '../ports.ts';
import { archiveCut } from './cut-archive.ts';
import { encodeMark } from './flush-mark.ts';
import type { LogStore } from './log-store.ts';
import type { RecentBatches } from './recent-batches.ts';
import { keepReserve, writeRecordFile } from './record-file.ts';
import { Segment } from './segment.ts';

/** Room beyond which a full disk is believed to have room again, beside what is asked for. */
const spareBytes = 64 * 1024;

export interface SegmentedLogParts {
  readonly disk: Disk;
  readonly node: NodeId;
  readonly segmentBytesMax: number;
  /** Consecutive, the last one to be grown; none in an empty folder. */
  readonly segments: Segment[];
  /** Everything in it is flushed. */
  readonly end: LogPoint;
  readonly recent: RecentBatches;
}

export class SegmentedLog implements LogStore {
  readonly #disk: Disk;
  readonly #node: NodeId;
  readonly #segmentBytesMax: number;
  readonly #segments: Segment[];
  readonly #recent: RecentBatches;
  #end: LogPoint;
  /** The last segment's; opened when it is needed first. */
  #file: DiskFile | undefined;
  #flushing: Promise<BatchNumber> | undefined;
  /** While one segment is closed and the next one begun. */
  #rolling: Promise<Segment> | undefined;
  /** How far the last segment is flushed, and how far the last mark in it says so. */
  #flushedPosition: number;
  #markedPosition = 0;
  /** Grows with every cut: what was read across one is not to be believed. */
  #generation = 0;

  constructor(parts: SegmentedLogParts) {
    this.#disk = parts.disk;
    this.#node = parts.node;
    this.#segmentBytesMax = parts.segmentBytesMax;
    this.#segments = parts.segments;
    this.#recent = parts.recent;
    this.#end = parts.end;
    this.#flushedPosition = this.#last?.size ?? 0;
  }

  get #last(): Segment | undefined {
    return this.#segments.at(-1);
  }

  async append(batches: readonly Batch[]): Promise<void> {
    const bytes = batches.reduce((sum, batch) => sum + batch.bytes.length, 0);
    const segment = await this.#segmentFor(bytes);
    const file = await this.#openLast();
    const pieces: Uint8Array[] = batches.map((batch) => batch.bytes);
    const hasMark = this.#flushedPosition > this.#markedPosition;
    if (hasMark) pieces.unshift(encodeMark(this.#flushedPosition));
    await file.append(pieces);
    if (hasMark) {
      segment.addMark();
      this.#markedPosition = this.#flushedPosition;
    }
    for (const batch of batches) {
      assert(batch.number === this.#end.number, 'batches are stored in order');
      segment.addBatch(batch, segment.size);
      this.#recent.push(batch);
      this.#end = { number: batchNumber(batch.number + 1), offset: (batch.baseOffset + batch.entryCount) as Offset };
    }
  }

  flush(): Promise<BatchNumber> {
    this.#flushing = this.#flushLast().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async cut(point: LogPoint): Promise<{ readonly lastTimestamp: TimestampMs }> {
    await this.#flushing;
    this.#generation += 1;
    // The segment of the last batch that stays, so that the next one is written behind it.
    const home = this.#segments.findLast((segment) => segment.start.number < point.number) ?? this.#segments[0];
    if (home === undefined) return { lastTimestamp: timestampMs(0) }; // Nothing was ever stored here.
    const { position, lastTimestamp } = await this.#find(home, point);
    await this.#closeLast();
    await archiveCut(this.#disk, { segments: this.#segments.slice(this.#segments.indexOf(home)), position, point });
    // From the end backwards: a crash in between leaves a longer prefix, never a hole.
    while (this.#last !== home) {
      const last = this.#segments.pop();
      assert(last !== undefined, 'the home of a cut is among the segments');
      await this.#disk.remove(last.name);
      await this.#disk.syncFolder();
    }
    home.cut(point, position);
    const file = await this.#openLast();
    await file.truncate(position);
    await file.flush();
    this.#end = point;
    this.#flushedPosition = position;
    this.#markedPosition = 0;
    this.#recent.cut(point.number);
    return { lastTimestamp };
  }

  async saveRecord(record: NodeRecord): Promise<void> {
    // A record that names a cluster without any segment would look like a log that was deleted.
    if (record.clusterId !== null && this.#segments.length === 0) await this.#addSegment();
    await writeRecordFile(this.#disk, { node: this.#node, record });
    await keepReserve(this.#disk);
  }

  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    if (from >= this.#end.number) return [];
    const recent = this.#recent.readFrom(from, bytesMax);
    if (recent !== undefined) return recent;
    const segment = this.#segments.findLast((candidate) => candidate.start.number <= from);
    assert(segment !== undefined, 'segments begin with batch 0');
    return this.#read(segment, segment.positionBefore(from), bytesMax, (batch) => batch.number >= from);
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    if (from >= this.#end.offset) return [];
    const recent = this.#recent.readEntriesFrom(from, bytesMax);
    if (recent !== undefined) return recent;
    const segment = this.#segments.findLast((candidate) => candidate.start.offset <= from);
    assert(segment !== undefined, 'segments begin with entry 0');
    return this.#read(segment, segment.positionBeforeEntry(from), bytesMax, (batch) => batch.baseOffset + batch.entryCount > from);
  }

  /** Notes the last flush, if nothing was written since: now a bad record in front of it is known to be damage. */
  async idle(): Promise<void> {
    const segment = this.#last;
    if (segment === undefined || this.#flushedPosition <= this.#markedPosition || this.#flushedPosition < segment.size) return;
    const file = await this.#openLast();
    try {
      await file.append([encodeMark(this.#flushedPosition)]);
    } catch (error) {
      if (error instanceof NoRoom) return;
      throw error;
    }
    this.#markedPosition = this.#flushedPosition;
    segment.addMark();
  }

  async freeBytes(): Promise<number> {
    const hasReserve = await keepReserve(this.#disk);
    return hasReserve ? Math.max(0, (await this.#disk.freeBytes()) - spareBytes) : 0;
  }

  async close(): Promise<void> {
    if (this.#file === undefined) return;
    await this.flush();
    await this.idle();
    await this.#file.flush();
    await this.#closeLast();
  }

  async #flushLast(): Promise<BatchNumber> {
    await this.#rolling?.catch((error: unknown) => {
      // That a new segment found no room is the append's to hear of: what was there is flushed by then.
      if (!(error instanceof NoRoom)) throw error;
    });
    const end = this.#end.number;
    const segment = this.#last;
    const position = segment?.size ?? 0;
    if (this.#file !== undefined) await this.#file.flush();
    // Unless the segment was closed meanwhile, which flushed it too.
    if (segment !== undefined && segment === this.#last) this.#flushedPosition = Math.max(this.#flushedPosition, position);
    return end;
  }

  /** The segment that is to grow; a new one if the last is full. */
  async #segmentFor(bytes: number): Promise<Segment> {
    const last = this.#last;
    if (last === undefined) return this.#addSegment();
    const isFull = last.hasEntries && last.size + bytes > this.#segmentBytesMax;
    if (!isFull) return last;
    this.#rolling = this.#roll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  async #roll(): Promise<Segment> {
    await this.#flushing;
    await (await this.#openLast()).flush();
    await this.#closeLast();
    return this.#addSegment();
  }

  async #addSegment(): Promise<Segment> {
    const segment = new Segment(this.#segments.length === 0 ? logStart : this.#end);
    const file = await this.#disk.open(segment.name);
    await this.#disk.syncFolder();
    assert(file.size === 0, 'a new segment is empty');
    this.#segments.push(segment);
    this.#file = file;
    this.#flushedPosition = 0;
    this.#markedPosition = 0;
    return segment;
  }

  async #openLast(): Promise<DiskFile> {
    assert(this.#last !== undefined, 'there is a segment to open');
    this.#file ??= await this.#disk.open(this.#last.name);
    return this.#file;
  }

  async #closeLast(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #read(segment: Segment, position: number, bytesMax: number, isWanted: (batch: Batch) => boolean): Promise<readonly Batch[]> {
    const generation = this.#generation;
    const file = await this.#disk.open(segment.name);
    try {
      const batches = await segment.read(file, { position, bytesMax, isWanted });
      return generation === this.#generation ? batches : [];
    } catch (error) {
      if (generation !== this.#generation) return [];
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Where batch `point.number` begins in `segment`, and the timestamp of the batch before it. */
  async #find(segment: Segment, point: LogPoint): Promise<{ readonly position: number; readonly lastTimestamp: TimestampMs }> {
    if (point.number === segment.start.number) return { position: 0, lastTimestamp: timestampMs(0) };
    const last = point.number - 1;
    let found: { readonly position: number; readonly lastTimestamp: TimestampMs } | undefined;
    const file = await this.#disk.open(segment.name);
    try {
      await segment.walk(file, { position: segment.positionBefore(batchNumber(last)), aheadBytes: 0 }, (batch, end) => {
        if (batch.number === last) found = { position: end, lastTimestamp: batch.timestamp };
        return batch.number < last;
      });
    } finally {
      await file.close();
    }
    assert(found !== undefined, 'the index leads to the batch before the cut');
    return found;
  }
}
