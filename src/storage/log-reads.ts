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
  }) {
    this.#disk = parts.disk;
    this.#closed = parts.closed;
    this.#last = parts.last;
    this.#recent = new RecentBatches(parts.recentBytesMax);
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
    if (last === undefined || from >= last.end.number) return [];
    const recent = this.#recent.readFrom(from, bytesMax);
    if (recent !== undefined) return recent;
    if (this.#cutting !== undefined) return this.#cutting.then(() => this.readFrom(from, bytesMax));
    const wanted = { bytesMax, isWanted: (batch: Batch) => batch.number >= from };
    return this.#read(this.#closed.withBatch(from), (positions) => ({ ...wanted, from: positions.before(from) }));
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const last = this.#last();
    if (last === undefined || from >= last.end.offset) return [];
    const here = this.#recent.readEntriesFrom(from, bytesMax) ?? this.#shared.find(from);
    if (here !== undefined) return here;
    if (this.#cutting !== undefined) return this.#cutting.then(() => this.readEntriesFrom(from, bytesMax));
    const wanted = { bytesMax, isWanted: (batch: Batch) => batch.baseOffset + batch.entryCount > from };
    return this.#read(this.#closed.withEntry(from), (positions) => ({ ...wanted, from: positions.beforeEntry(from), entry: from }));
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
    try {
      const wanted = place(await this.positionsOf(segment));
      // If a cut has removed the file, opening it would create it again.
      if (cutCount !== this.#cutCount) return [];
      // Only up to its present end: the opened file may not show what is appended meanwhile.
      const readable = { name: segment.name, size: segment.size };
      const read = async (): Promise<readonly Batch[]> => {
        if (cutCount !== this.#cutCount) return [];
        return withFile(this.#disk, segment.name, (file) => readBatches(file, readable, wanted));
      };
      const { entry } = wanted;
      const shared = entry === undefined ? undefined : { from: entry, place: `${segment.name} ${wanted.from.position}` };
      const batches = await (shared === undefined ? read() : this.#shared.read(shared, read));
      if (cutCount !== this.#cutCount) return [];
      if (batches.length === 0) throw new StorageDamaged(segment.name, 'damaged: a batch that it held is missing');
      return batches;
    } catch (error) {
      if (cutCount !== this.#cutCount) return [];
      throw error;
    }
  }
}
