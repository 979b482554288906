/**
 * The segments that no longer grow. Only the bounds of each stay in memory. Where a read in one can begin is looked up in its
 * index, or found by reading it, and kept for the few that were read last.
 */

import type { LogTime } from '../../core/model/log-part.ts';
import type { BatchNumber, LogAge, Offset, TimestampMs } from '../../core/model/numbers.ts';
import { partitionPoint } from '../../core/model/partition-point.ts';
import { logStart } from '../../core/model/place.ts';
import type { LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import type { IndexFiles } from './index-files.ts';
import type { SparseIndex } from '../format/sparse-index.ts';
import { SegmentMetadata } from '../format/segment-metadata.ts';
import { encodeIndex } from '../format/segment-index.ts';
import { scanSegment } from './segment-scan.ts';
import { StorageDamaged } from '../format/storage-damaged.ts';
import { withFile } from '../format/with-file.ts';

/** For how many segments the places are kept. */
const keptPositionsMax = 8;

export interface ClosedSegment {
  readonly name: string;
  readonly start: LogPoint;
  readonly end: LogPoint;
  /** In bytes. */
  readonly size: number;
  /** Of its last batch. */
  readonly lastTimestamp: TimestampMs;
  readonly lastAge: LogAge;
  /** The checksum of the only index that this segment can have; `undefined` until the whole segment has been read. */
  indexChecksum: number | undefined;
}

/** @param part - its metadata, or the head of its index */
export function closedBy(
  part: LogTime & Pick<ClosedSegment, 'start' | 'end' | 'size'>,
  name: string,
  indexChecksum: number | undefined,
): ClosedSegment {
  const { start, end, size, lastTimestamp, lastAge } = part;
  return { name, start, end, size, lastTimestamp, lastAge, indexChecksum };
}

export class ClosedSegments {
  readonly #disk: Disk;
  readonly #indexes: IndexFiles;
  /** Consecutive, from the start of the log on. */
  readonly #segments: ClosedSegment[];
  /** The most recently used one is last. */
  readonly #positions = new Map<string, SparseIndex>();

  constructor(parts: { readonly disk: Disk; readonly indexes: IndexFiles; readonly segments: readonly ClosedSegment[] }) {
    this.#disk = parts.disk;
    this.#indexes = parts.indexes;
    this.#segments = [...parts.segments];
  }

  /** Adds a segment that is completely flushed, and begins to write its index. */
  add(metadata: SegmentMetadata): void {
    const { name } = metadata;
    const index = encodeIndex(metadata);
    this.#segments.push(closedBy(metadata, name, index.checksum));
    this.#keep(name, metadata.positions);
    this.#indexes.write(name, index);
  }

  /** The segment that holds batch `number`; `undefined` if the batch comes after all of them. */
  withBatch(number: BatchNumber): ClosedSegment | undefined {
    return this.#firstBehind((end) => end.number <= number);
  }

  /** The segment that holds entry `entry`; `undefined` if the entry comes after all of them. */
  withEntry(entry: Offset): ClosedSegment | undefined {
    return this.#firstBehind((end) => end.offset <= entry);
  }

  /** This segment and all after it. */
  from(first: ClosedSegment): readonly ClosedSegment[] {
    return this.#segments.slice(this.#segments.indexOf(first));
  }

  /** Drops this segment and all after it. */
  cut(first: ClosedSegment): void {
    for (const { name } of this.#segments.splice(this.#segments.indexOf(first))) this.#positions.delete(name);
  }

  /** All of them, oldest first. */
  get all(): readonly ClosedSegment[] {
    return this.#segments;
  }

  /** Those that lie wholly before batch `number`. */
  before(number: BatchNumber): readonly ClosedSegment[] {
    return this.#segments.filter(({ end }) => end.number <= number);
  }

  /** Drops the oldest ones: as many as these are. */
  drop(oldest: readonly ClosedSegment[]): void {
    for (const { name } of this.#segments.splice(0, oldest.length)) this.#positions.delete(name);
  }

  has(segment: ClosedSegment): boolean {
    return this.#segments.includes(segment);
  }

  /** Where reads in this segment can begin. @throws StorageDamaged */
  async positionsOf(segment: ClosedSegment): Promise<SparseIndex> {
    const { name } = segment;
    const positions = this.#positions.get(name) ?? (await this.#load(segment)) ?? (await this.#readThrough(segment));
    if (this.has(segment)) this.#keep(name, positions);
    return positions;
  }

  async #load({ name, indexChecksum }: ClosedSegment): Promise<SparseIndex | undefined> {
    if (indexChecksum === undefined) return undefined;
    const head = await this.#indexes.readHead(name);
    return head?.checksum === indexChecksum ? this.#indexes.readSparseIndex(name, head) : undefined;
  }

  async #readThrough(segment: ClosedSegment): Promise<SparseIndex> {
    // If a cut has removed the segment meanwhile, opening its file would create it again.
    if (!this.has(segment)) return new SegmentMetadata(segment.start).positions;
    return (await readThrough(this.#disk, segment)).positions;
  }

  #keep(name: string, positions: SparseIndex): void {
    this.#positions.delete(name);
    this.#positions.set(name, positions);
    const [oldest] = this.#positions.keys();
    if (oldest !== undefined && this.#positions.size > keptPositionsMax) this.#positions.delete(oldest);
  }

  /** The first segment for which `endsBefore` is false. */
  #firstBehind(endsBefore: (end: LogPoint) => boolean): ClosedSegment | undefined {
    const segments = this.#segments;
    return segments[partitionPoint(segments.length, (index) => endsBefore(segments[index]?.end ?? logStart))];
  }
}

/** Reads a whole segment for what its index would say. @throws StorageDamaged */
export async function readThrough(disk: Disk, { name, start }: ClosedSegment): Promise<SegmentMetadata> {
  const metadata = new SegmentMetadata(start);
  const { problem, validEnd } = await withFile(disk, name, (file) =>
    scanSegment(file, (batch, position) => metadata.take(batch, position)),
  );
  if (problem !== undefined) throw new StorageDamaged(name, `damaged at position ${validEnd}, where flushed data was: ${problem}`);
  return metadata;
}
