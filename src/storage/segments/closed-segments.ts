/**
 * The segments that do not grow any more. Of each only its bounds stay in memory; where to begin reading in one is looked
 * up in its index, or found by reading it, and kept for the few that were read last.
 */

import type { BatchNumber, Offset } from '../../core/model/numbers.ts';
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

/** Of how many segments the places are kept. */
const keptPositionsMax = 8;

export interface ClosedSegment {
  readonly name: string;
  readonly start: LogPoint;
  readonly end: LogPoint;
  /** In bytes. */
  readonly size: number;
  /** Of the one index that this segment can have; `undefined` until somebody has read all of the segment. */
  indexChecksum: number | undefined;
}

export class ClosedSegments {
  readonly #disk: Disk;
  readonly #indexes: IndexFiles;
  /** Consecutive, from the start of the log on. */
  readonly #segments: ClosedSegment[];
  /** The last used is the last one. */
  readonly #positions = new Map<string, SparseIndex>();

  constructor(parts: { readonly disk: Disk; readonly indexes: IndexFiles; readonly segments: readonly ClosedSegment[] }) {
    this.#disk = parts.disk;
    this.#indexes = parts.indexes;
    this.#segments = [...parts.segments];
  }

  /** The segment was flushed whole. Its index is on its way when this returns. */
  add(metadata: SegmentMetadata): void {
    const { name, start, end, size } = metadata;
    const index = encodeIndex(metadata);
    this.#segments.push({ name, start, end, size, indexChecksum: index.checksum });
    this.#keep(name, metadata.positions);
    this.#indexes.write(name, index);
  }

  /** The one that holds batch `number`, if it is not behind all of them. */
  withBatch(number: BatchNumber): ClosedSegment | undefined {
    return this.#firstBehind((end) => end.number <= number);
  }

  /** The one that holds entry `entry`, if it is not behind all of them. */
  withEntry(entry: Offset): ClosedSegment | undefined {
    return this.#firstBehind((end) => end.offset <= entry);
  }

  /** This one and all behind it. */
  from(first: ClosedSegment): readonly ClosedSegment[] {
    return this.#segments.slice(this.#segments.indexOf(first));
  }

  /** Forgets this one and all behind it. */
  cut(first: ClosedSegment): void {
    for (const { name } of this.#segments.splice(this.#segments.indexOf(first))) this.#positions.delete(name);
  }

  has(segment: ClosedSegment): boolean {
    return this.#segments.includes(segment);
  }

  /** Where to begin reading in this segment. @throws StorageDamaged */
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
    const { name, start } = segment;
    const metadata = new SegmentMetadata(start);
    // A cut has taken it meanwhile: to open its file would make it anew.
    if (!this.has(segment)) return metadata.positions;
    const { problem, validEnd } = await withFile(this.#disk, name, (file) =>
      scanSegment(file, (batch, position) => metadata.take(batch, position)),
    );
    if (problem !== undefined) throw new StorageDamaged(name, `damaged at position ${validEnd}, where flushed data was: ${problem}`);
    return metadata.positions;
  }

  #keep(name: string, positions: SparseIndex): void {
    this.#positions.delete(name);
    this.#positions.set(name, positions);
    const [oldest] = this.#positions.keys();
    if (oldest !== undefined && this.#positions.size > keptPositionsMax) this.#positions.delete(oldest);
  }

  /** The first one that does not end before what is wanted. */
  #firstBehind(endsBefore: (end: LogPoint) => boolean): ClosedSegment | undefined {
    const segments = this.#segments;
    return segments[partitionPoint(segments.length, (index) => endsBefore(segments[index]?.end ?? logStart))];
  }
}
