/**
 * The log on a disk: a folder of segments, of which the last one grows.
 *
 * A batch is written once, at the end, and made durable by the next flush. Several batches may be written between flushes, and
 * the next mark (flush-mark.ts) says how far the flush before it reached. A segment is flushed completely and closed before the
 * next one begins; its index is written beside the appends that follow.
 *
 * Invariants: segments hold consecutive batches; only the last one can hold anything that is not flushed; before `cut` removes
 * anything, a copy is durable in `cut/` and the indexes that cover it are gone.
 */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import type { NodeState } from '../core/model/events.ts';
import type { LogTime } from '../core/model/log-part.ts';
import { batchNumber, logAge, timestampMs } from '../core/model/numbers.ts';
import type { BatchNumber, Offset } from '../core/model/numbers.ts';
import { logStart } from '../core/model/place.ts';
import type { LogPoint } from '../core/model/place.ts';
import { NoRoom } from '../ports/ports.ts';
import type { Disk, DiskFile } from '../ports/ports.ts';
import { ClosedSegments } from './segments/closed-segments.ts';
import type { ClosedSegment } from './segments/closed-segments.ts';
import { archiveCut } from './segments/cut-archive.ts';
import { metadataBefore, findCut } from './segments/cut-point.ts';
import { encodeMark } from './format/flush-mark.ts';
import type { IndexFiles } from './segments/index-files.ts';
import type { LogStore } from './log-store.ts';
import { LogReads } from './log-reads.ts';
import { hasRoomFor } from './format/reserve.ts';
import { SegmentMetadata } from './format/segment-metadata.ts';
import { heldOf } from './recovery/forgotten.ts';
import type { TornTail } from './recovery/torn-tail.ts';
import { Scrubber } from './segments/scrubber.ts';
import type { Verified } from './segments/scrubber.ts';
import type { StateKeeper } from './state-keeper.ts';

export interface SegmentedLogParts {
  readonly disk: Disk;
  readonly segmentBytesMax: number;
  readonly indexes: IndexFiles;
  /** All segments but the last, consecutive. */
  readonly closed: readonly ClosedSegment[];
  /** The segment that grows; everything in it is flushed. `undefined` in an empty folder. */
  readonly last: SegmentMetadata | undefined;
  /** A torn tail in its file that waits for room in `cut/`. */
  readonly tornTail: TornTail | undefined;
  readonly states: StateKeeper;
  readonly recentBytesMax: number;
  readonly verified?: ((verified: Verified) => void) | undefined;
}

export class SegmentedLog implements LogStore {
  readonly #disk: Disk;
  readonly #segmentBytesMax: number;
  readonly #indexes: IndexFiles;
  readonly #closed: ClosedSegments;
  readonly #scrubber: Scrubber;
  readonly #reads: LogReads;
  readonly #states: StateKeeper;
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
  #isCutting = false;

  constructor(parts: SegmentedLogParts) {
    this.#disk = parts.disk;
    this.#segmentBytesMax = parts.segmentBytesMax;
    this.#indexes = parts.indexes;
    this.#closed = new ClosedSegments({ disk: parts.disk, indexes: parts.indexes, segments: parts.closed });
    this.#scrubber = new Scrubber({
      disk: parts.disk,
      indexes: parts.indexes,
      segments: parts.closed,
      done: (verified) => parts.verified?.(verified),
    });
    this.#reads = new LogReads({
      disk: parts.disk,
      closed: this.#closed,
      last: () => this.#last,
      recentBytesMax: parts.recentBytesMax,
    });
    this.#last = parts.last;
    this.#tornTail = parts.tornTail;
    this.#states = parts.states;
    this.#flushedPosition = this.#last?.size ?? 0;
  }

  get #end(): LogPoint {
    return this.#last?.end ?? logStart;
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
      assert(batch.number === this.#end.number, 'batches are stored in order');
      segment.add(batch, segment.size);
      this.#reads.push(batch);
    }
  }

  async #appendTo(segment: SegmentMetadata, batches: readonly Batch[]): Promise<void> {
    const file = await this.#openLast();
    const pieces: Uint8Array[] = batches.map((batch) => batch.bytes);
    const hasMark = this.#flushedPosition > this.#markedPosition;
    if (hasMark) pieces.unshift(encodeMark(this.#flushedPosition));
    await file.append(pieces);
    if (!hasMark) return;
    segment.addMark();
    this.#markedPosition = this.#flushedPosition;
  }

  flush(): Promise<BatchNumber> {
    this.#flushing = this.#flushLast().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  cut(point: LogPoint): Promise<LogTime> {
    this.#isCutting = true;
    return this.#reads
      .whileCutting(point.number, () => this.#cut(point))
      .finally(() => {
        this.#isCutting = false;
      });
  }

  async #cut(point: LogPoint): Promise<LogTime> {
    await this.#flushing;
    await this.#indexes.settled();
    const last = this.#last;
    if (last === undefined) return { lastTimestamp: timestampMs(0), lastAge: logAge(0) }; // Nothing was ever stored here.
    // The segment of the last batch that stays, so that the next batch is written after it.
    const closedHome = point.number > last.start.number ? undefined : this.#closed.withBatch(batchNumber(Math.max(0, point.number - 1)));
    const home = closedHome ?? last;
    const { position, lastTimestamp, lastAge } = await findCut(this.#disk, home, { positions: await this.#reads.positionsOf(home), point });
    const metadata = await metadataBefore(this.#disk, home.start, position);
    const file = closedHome === undefined ? await this.#openLast() : await this.#disk.open(home.name);
    const closed = closedHome === undefined ? [] : this.#closed.from(closedHome);
    try {
      // A crash in the middle of the cut must not look like a disk that forgot.
      await this.#states.lower(heldOf(metadata.end, metadata.lastEpoch));
      await archiveCut(this.#disk, { segments: [...closed, last], position, point });
    } catch (error) {
      if (closedHome !== undefined) await file.close();
      throw error;
    }
    // From here on nothing may run short, because a half-made cut could not be retried.
    if (closedHome !== undefined) await this.#closeLast();
    if (closedHome !== undefined) {
      this.#scrubber.cut(closedHome.start);
      this.#closed.cut(closedHome);
      await this.#indexes.remove(closed.map(({ name }) => name));
    }
    // From the end backwards, so that a crash in between leaves a longer prefix, never a hole.
    for (const { name } of [...closed, last].slice(1).toReversed()) {
      await this.#disk.remove(name);
      await this.#disk.syncFolder();
    }
    this.#last = metadata;
    this.#file = file;
    this.#tornTail = undefined;
    await file.truncate(position);
    await file.flush();
    this.#flushedPosition = position;
    this.#markedPosition = 0;
    return { lastTimestamp, lastAge };
  }

  async saveState(state: NodeState): Promise<void> {
    // A state that names a cluster, without any segment, would look like a log that was deleted.
    if (state.clusterId !== null && this.#last === undefined) await this.#addSegment();
    await this.#states.save(state);
  }

  get noteWish(): 'now' | 'soon' | undefined {
    return this.#states.noteWish;
  }

  note(): Promise<void> {
    return this.#states.note();
  }

  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    return this.#reads.readFrom(from, bytesMax);
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    return this.#reads.readEntriesFrom(from, bytesMax);
  }

  /** Writes a mark for the last flush, if nothing was written since: from then on a bad record before it is known to be damage. */
  async maintain(): Promise<void> {
    this.#reads.maintain();
    const segment = this.#last;
    if (segment === undefined || this.#flushedPosition <= this.#markedPosition || this.#flushedPosition < segment.size) return;
    if (this.#tornTail !== undefined) return;
    try {
      const file = await this.#openLast();
      await file.append([encodeMark(this.#flushedPosition)]);
    } catch (error) {
      if (error instanceof NoRoom) return;
      throw error;
    }
    this.#markedPosition = this.#flushedPosition;
    segment.addMark();
  }

  /** Whether everything that the start left out has been read since. */
  get isVerified(): boolean {
    return this.#scrubber.isOver;
  }

  scrubSome(): Promise<void> {
    return this.#scrubber.step();
  }

  hasRoomFor(bytes: number): Promise<boolean> {
    return hasRoomFor(this.#disk, bytes + (this.#tornTail?.bytes ?? 0));
  }

  async close(): Promise<void> {
    await this.#indexes.settled();
    if (this.#file !== undefined) {
      await this.flush();
      await this.maintain();
      await this.#file.flush();
      await this.#closeLast();
    }
    await this.#states.close();
  }

  /** A torn tail must be cut before another batch is written. @throws NoRoom */
  async #cutTornTail(): Promise<void> {
    if (this.#tornTail === undefined) return;
    await this.#tornTail.cut(await this.#openLast());
    this.#tornTail = undefined;
  }

  async #flushLast(): Promise<BatchNumber> {
    await this.#rolling?.catch((error: unknown) => {
      // If there is no room for a new segment, the append fails, not this flush: the old segment is flushed by then.
      if (!(error instanceof NoRoom)) throw error;
    });
    const end = this.#end.number;
    const segment = this.#last;
    const position = segment?.size ?? 0;
    // During a cut, a flush may still cover batches that are about to go.
    const held = segment === undefined || this.#isCutting ? null : heldOf(segment.end, segment.lastEpoch);
    if (this.#file !== undefined) await this.#file.flush();
    // If the segment was closed meanwhile, that has flushed it too.
    if (segment !== undefined && segment === this.#last) this.#flushedPosition = Math.max(this.#flushedPosition, position);
    this.#states.raise(held);
    return end;
  }

  /** The segment for the next batches; a new one if the last is full. */
  async #segmentFor(bytes: number): Promise<SegmentMetadata> {
    const last = this.#last;
    if (last === undefined) return this.#addSegment();
    const isFull = last.hasEntries && last.size + bytes > this.#segmentBytesMax;
    if (!isFull) return last;
    this.#rolling = this.#roll().finally(() => {
      this.#rolling = undefined;
    });
    return this.#rolling;
  }

  async #roll(): Promise<SegmentMetadata> {
    await this.#flushing;
    await (await this.#openLast()).flush();
    await this.#closeLast();
    // Only one index is written at a time, however fast segments fill up.
    await this.#indexes.settled();
    return this.#addSegment();
  }

  async #addSegment(): Promise<SegmentMetadata> {
    const before = this.#last;
    const segment = new SegmentMetadata(this.#end, before?.lastEpoch);
    const file = await this.#disk.open(segment.name);
    await this.#disk.syncFolder();
    assert(file.size === 0, 'a new segment is empty');
    // Only when the next segment is durable, because only a closed segment may have an index.
    if (before !== undefined) this.#closed.add(before);
    this.#last = segment;
    this.#states.segmentBegun();
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
}
