/**
 * Copies of a log on a disk that are being read. Each opens the files of its part one after the other. Before a file is removed,
 * the copies that still need it open it: what is open can be read to its end.
 *
 * A cut does not touch what a copy reads, because that is committed.
 */

import type { Batch } from '../core/model/batch.ts';
import type { Offset } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import type { Disk, DiskFile } from '../ports/ports.ts';
import { checkpointName } from './checkpoints/checkpoint-files.ts';
import type { SegmentMetadata } from './format/segment-metadata.ts';
import type { PlacedPoint } from './format/sparse-index.ts';
import { StorageDamaged } from './format/storage-damaged.ts';
import { isBefore, isBehind, pointBehind, pointOf } from './log-copy.ts';
import type { CopyWish, LogCopy } from './log-copy.ts';
import type { ClosedSegment } from './segments/closed-segments.ts';
import { walkBatches } from './segments/segment-reader.ts';

/** A segment as it was when the copy was begun. */
interface CopiedSegment {
  readonly name: string;
  readonly start: LogPoint;
  readonly end: LogPoint;
  readonly size: number;
  /** Where to begin to read it. */
  readonly from: PlacedPoint;
}

interface Part {
  readonly base: LogPoint;
  /** `undefined` if there is none, or it is not wanted. */
  readonly checkpoint: { readonly name: string; readonly bytes: number } | undefined;
  readonly segments: readonly CopiedSegment[];
  readonly from: Offset | undefined;
  readonly committed: LogPoint;
}

/** What of a log on a disk is to be copied. Of a segment that no longer grows, the beginning of the part is not looked up. */
export function partOf(
  log: {
    readonly closed: readonly ClosedSegment[];
    readonly last: SegmentMetadata | undefined;
    readonly base: LogPoint;
    readonly checkpointBytes: number;
  },
  { from, committed }: CopyWish,
): Part {
  const { closed, last, base, checkpointBytes } = log;
  const all = [...closed, ...(last === undefined ? [] : [last])];
  const isWanted = ({ start, end }: Pick<CopiedSegment, 'start' | 'end'>): boolean =>
    end.number > base.number && !isBehind(start, committed) && (from === undefined || end.offset >= from);
  const segments = all.filter(isWanted).map((segment) => ({
    ...{ name: segment.name, start: segment.start, end: segment.end, size: segment.size },
    from: from !== undefined && segment === last ? last.positions.beforeEntry(from) : { ...segment.start, position: 0 },
  }));
  const hasCheckpoint = checkpointBytes > 0 && from === undefined;
  const checkpoint = hasCheckpoint ? { name: checkpointName(base.number), bytes: checkpointBytes } : undefined;
  return { base, checkpoint, segments, from, committed };
}

export class SegmentCopies {
  readonly #disk: Disk;
  readonly #open = new Set<SegmentCopy>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  begin(part: Part): LogCopy {
    const copy = new SegmentCopy(this.#disk, part, () => this.#open.delete(copy));
    this.#open.add(copy);
    return copy;
  }

  /** These files are about to be removed. Resolves when the copies that need them have opened them. */
  async keep(names: readonly string[]): Promise<void> {
    for (const copy of [...this.#open]) await copy.keep(names);
  }
}

class SegmentCopy implements LogCopy {
  readonly base: LogPoint;
  readonly committed: LogPoint;
  readonly checkpointBytes: number;
  readonly batchBytes: number;
  readonly #disk: Disk;
  readonly #part: Part;
  readonly #closed: () => void;
  /** Files that are open, or being opened. */
  readonly #files = new Map<string, Promise<DiskFile>>();
  /** Segments that are still to be read, the present one first. */
  readonly #segments: CopiedSegment[];
  #at: PlacedPoint | undefined;
  #isOver = false;

  constructor(disk: Disk, part: Part, closed: () => void) {
    this.#disk = disk;
    this.#part = part;
    this.#closed = closed;
    this.#segments = [...part.segments];
    this.base = part.base;
    this.committed = part.committed;
    this.checkpointBytes = part.checkpoint?.bytes ?? 0;
    this.batchBytes = part.segments.reduce((sum, { size, from }) => sum + size - from.position, 0);
  }

  async keep(names: readonly string[]): Promise<void> {
    const needed = [this.#part.checkpoint?.name, ...this.#segments.map(({ name }) => name)];
    const opened = needed.flatMap((name) => (name !== undefined && names.includes(name) ? [this.#open(name)] : []));
    // What cannot be opened now is missed when it is read: a trim does not wait for a copy.
    await Promise.allSettled(opened);
  }

  async readCheckpoint(position: number, bytesMax: number): Promise<Buffer> {
    const { checkpoint } = this.#part;
    if (checkpoint === undefined) return Buffer.alloc(0);
    const file = await this.#open(checkpoint.name);
    const bytes = await file.read(position, Math.min(bytesMax, checkpoint.bytes - position));
    if (bytes.length === 0 && position < checkpoint.bytes) throw new StorageDamaged(checkpoint.name, `damaged: it ends at ${position}`);
    if (position + bytes.length >= checkpoint.bytes) await this.#closeFile(checkpoint.name);
    return bytes;
  }

  async read(bytesMax: number): Promise<readonly Batch[] | undefined> {
    const [segment] = this.#segments;
    if (segment === undefined || this.#isOver) return undefined;
    const { base, from, committed } = this.#part;
    const file = await this.#open(segment.name);
    const found: Batch[] = [];
    let at = this.#at ?? segment.from;
    const until = at.position + bytesMax;
    await walkBatches(file, segment, { from: at, aheadBytes: bytesMax }, (batch, position) => {
      this.#isOver = isBehind(pointOf(batch), committed);
      if (this.#isOver) return false;
      at = { ...pointBehind(batch), position };
      if (!isBefore(batch, base, from)) found.push(batch);
      return position < until;
    });
    this.#at = at;
    // Marks may come after the last batch.
    if (this.#isOver || at.number >= segment.end.number) await this.#next(segment);
    else if (at.position < until) throw new StorageDamaged(segment.name, 'damaged: a batch that it held is missing');
    return found;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#segments.length = 0;
    this.#closed();
    for (const name of [...this.#files.keys()]) await this.#closeFile(name);
  }

  async #next({ name }: CopiedSegment): Promise<void> {
    this.#segments.shift();
    this.#at = undefined;
    await this.#closeFile(name);
  }

  #open(name: string): Promise<DiskFile> {
    const known = this.#files.get(name);
    if (known !== undefined) return known;
    const opening = this.#disk.open(name);
    this.#files.set(name, opening);
    // A failure is that of the read.
    opening.catch(() => undefined);
    return opening;
  }

  async #closeFile(name: string): Promise<void> {
    const opened = this.#files.get(name);
    this.#files.delete(name);
    const file = await opened?.catch(() => undefined);
    await file?.close();
  }
}
