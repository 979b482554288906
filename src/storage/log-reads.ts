/**
 * Reads of a log on a disk, from the batches in memory or from the segment that holds the batch. Reads run beside everything
 * else. The result of a read is discarded if there was a cut meanwhile, and a read that is requested during a cut waits for its
 * end.
 */

import { assert } from '../core/model/assert.ts';
import type { Batch } from '../core/model/batch.ts';
import type { BatchNumber, Offset } from '../core/model/numbers.ts';
import type { Disk } from '../ports/ports.ts';
import type { SparseIndex } from './format/sparse-index.ts';
import type { LogPoint } from '../core/model/place.ts';
import { SegmentMetadata } from './format/segment-metadata.ts';
import { StorageDamaged } from './format/storage-damaged.ts';
import { withFile } from './format/with-file.ts';
import { RecentBatches } from './recent-batches.ts';
import type { ClosedSegment, ClosedSegments } from './segments/closed-segments.ts';
import { readBatches } from './segments/segment-reader.ts';
import { SharedReads } from './segments/shared-reads.ts';

export class LogReads {
  readonly #disk: Disk;
  readonly #closed: ClosedSegments;
  readonly #last: () => SegmentMetadata | undefined;
  readonly #recent: RecentBatches;
  readonly #shared = new SharedReads();
  /** How many reads each segment is open for. */
  readonly #reading = new Map<string, number>();
  #closedNews: (() => void) | undefined;
  /** The first batch that may be read. */
  #base: LogPoint;
  /** Grows with every cut, to discard what was read across one. */
  #cutCount = 0;
  /** During a cut: resolves when it is over, whether or not it succeeded. Reads wait for it. */
  #cutting: Promise<void> | undefined;

  /** @param parts.last - the last segment, which grows */
  constructor(parts: {
    readonly disk: Disk;
    readonly closed: ClosedSegments;
    readonly last: () => SegmentMetadata | undefined;
    readonly recentBytesMax: number;
    readonly base: LogPoint;
  }) {
    this.#disk = parts.disk;
    this.#closed = parts.closed;
    this.#last = parts.last;
    this.#recent = new RecentBatches(parts.recentBytesMax);
    this.#base = parts.base;
  }

  /** The batch was stored after all others. */
  push(batch: Batch): void {
    this.#recent.push(batch);
  }

  /** Runs `cut`, which removes batch `number` and all after it. */
  async whileCutting<Result>(number: BatchNumber, cut: () => Promise<Result>): Promise<Result> {
    const cutting = Promise.withResolvers<void>();
    this.#cutting = cutting.promise;
    this.#cutCount += 1;
    this.#shared.forget();
    try {
      const result = await cut();
      this.#recent.cut(number);
      return result;
    } finally {
      this.#cutting = undefined;
      cutting.resolve();
    }
  }

  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const last = this.#last();
    if (last === undefined || from >= last.end.number || from < this.#base.number) return [];
    const recent = this.#recent.readFrom(from, bytesMax);
    if (recent !== undefined) return recent;
    if (this.#cutting !== undefined) return this.#cutting.then(() => this.readFrom(from, bytesMax));
    const wanted = { bytesMax, isWanted: (batch: Batch) => batch.number >= from };
    return this.#read(this.#closed.withBatch(from), (positions) => ({ ...wanted, from: positions.before(from) }));
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const last = this.#last();
    if (last === undefined || from >= last.end.offset || from < this.#base.offset) return [];
    const here = this.#recent.readEntriesFrom(from, bytesMax) ?? this.#shared.find(from);
    if (here !== undefined) return here;
    if (this.#cutting !== undefined) return this.#cutting.then(() => this.readEntriesFrom(from, bytesMax));
    const wanted = { bytesMax, isWanted: (batch: Batch) => batch.baseOffset + batch.entryCount > from };
    return this.#read(this.#closed.withEntry(from), (positions) => ({ ...wanted, from: positions.beforeEntry(from), entry: from }));
  }

  /** What lies before this point is about to be removed. Resolves when none of these segments is open for a read any more. */
  async rebase(base: LogPoint, names: readonly string[]): Promise<void> {
    this.#base = base;
    this.#shared.forget();
    while (names.some((name) => this.#reading.has(name))) await new Promise<void>((resolve) => (this.#closedNews = resolve));
  }

  positionsOf(segment: ClosedSegment | SegmentMetadata): SparseIndex | Promise<SparseIndex> {
    return segment instanceof SegmentMetadata ? segment.positions : this.#closed.positionsOf(segment);
  }

  /** Called from time to time: drops what has not been read for a while. */
  maintain(): void {
    this.#shared.maintain();
  }

  /** @param closed - `undefined` for the last segment */
  async #read(
    closed: ClosedSegment | undefined,
    place: (positions: SparseIndex) => Parameters<typeof readBatches>[2] & { readonly entry?: Offset },
  ): Promise<readonly Batch[]> {
    const cutCount = this.#cutCount;
    const segment = closed ?? this.#last();
    assert(segment !== undefined, 'there is a segment to read from');
    const { name } = segment;
    // Its end, since what the last segment holds grows.
    const isGone = (): boolean => cutCount !== this.#cutCount || segment.end.number <= this.#base.number;
    this.#reading.set(name, (this.#reading.get(name) ?? 0) + 1);
    try {
      const wanted = place(await this.positionsOf(segment));
      // If a cut has removed the file, opening it would create it again.
      if (isGone()) return [];
      // Only up to its present end: the opened file may not show what is appended meanwhile.
      const readable = { name, size: segment.size };
      const read = async (): Promise<readonly Batch[]> => {
        if (isGone()) return [];
        return withFile(this.#disk, name, (file) => readBatches(file, readable, wanted));
      };
      const { entry } = wanted;
      const shared = entry === undefined ? undefined : { from: entry, place: `${name} ${wanted.from.position}` };
      const batches = await (shared === undefined ? read() : this.#shared.read(shared, read));
      if (isGone()) return [];
      if (batches.length === 0) throw new StorageDamaged(name, 'damaged: a batch that it held is missing');
      return batches;
    } catch (error) {
      if (isGone()) return [];
      throw error;
    } finally {
      this.#closeRead(name);
    }
  }

  #closeRead(name: string): void {
    const others = (this.#reading.get(name) ?? 1) - 1;
    if (others > 0) this.#reading.set(name, others);
    else this.#reading.delete(name);
    this.#closedNews?.();
    this.#closedNews = undefined;
  }
}
