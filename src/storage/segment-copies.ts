/**
 * Copies of a log on a disk that are being read. Each opens the files of its part one after the other. Before a file is removed,
 * the copies that still need it open it: what is open can be read to its end.
 *
 * A cut does not touch what a copy reads, because that is committed.
 */

import type { Batch } from '../core/model/batch.ts';
import { batchNumber, offset } from '../core/model/numbers.ts';
import type { BatchNumber, Offset } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import type { Disk, DiskFile } from '../ports/ports.ts';
import { checkpointName } from './checkpoints/checkpoint-files.ts';
import { markBytes } from './format/flush-mark.ts';
import type { SegmentMetadata } from './format/segment-metadata.ts';
import type { PlacedPoint } from './format/sparse-index.ts';
import { StorageDamaged } from './format/storage-damaged.ts';
import { isBefore, isBehind } from './log-copy.ts';
import type { CopyWish, LogCopy } from './log-copy.ts';
import type { ClosedSegment } from './segments/closed-segments.ts';
import { readRecord } from './segments/segment-scan.ts';

/** A segment as it was when the copy was begun. */
interface CopiedSegment {
  readonly name: string;
  readonly start: LogPoint;
  readonly end: LogPoint;
  readonly size: number;
  /** Where to begin to read it. */
  readonly from: PlacedPoint;
}

/** Where in the present segment the copy is. */
interface At {
  number: BatchNumber;
  offset: Offset;
  /** Where in the file `bytes` begins, and how much of it was used. */
  position: number;
  bytes: Buffer;
  used: number;
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
  #at: At | undefined;
  #isOver = false;
  #isClosed = false;

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
    this.#at ??= { ...segment.from, bytes: Buffer.alloc(0), used: 0 };
    const at = this.#at;
    const found: Batch[] = [];
    if (!this.#isAtEnd(at)) await this.#fill(segment, at, bytesMax);
    while (!this.#isAtEnd(at) && at.number < segment.end.number) {
      const record = readRecord(at.bytes, at.used);
      // The rest of it is read in the next turn, if this one has brought anything.
      if (record.kind === 'incomplete' && at.used > 0) break;
      if (record.kind === 'incomplete') await this.#fill(segment, at, record.missingBytes);
      else if (record.kind === 'mark') at.used += markBytes;
      else if (record.kind === 'batch') this.#take(record.batch, at, found);
      else throw new StorageDamaged(segment.name, `damaged at position ${at.position + at.used}: ${record.reason}`);
    }
    // Marks may come after the last batch.
    if (this.#isAtEnd(at) || at.number >= segment.end.number) await this.#next(segment);
    return found;
  }

  /** What is behind the committed part may have been cut since, and is not looked at. */
  #isAtEnd(at: At): boolean {
    this.#isOver ||= isBehind(at, this.#part.committed);
    return this.#isOver;
  }

  #take(batch: Batch, at: At, found: Batch[]): void {
    const { base, from } = this.#part;
    if (batch.number !== at.number || batch.baseOffset !== at.offset)
      throw new StorageDamaged(this.#segments[0]?.name ?? '', `damaged: batch ${batch.number} is where batch ${at.number} should be`);
    at.used += batch.bytes.length;
    at.number = batchNumber(at.number + 1);
    at.offset = offset(at.offset + batch.entryCount);
    if (!isBefore(batch, base, from)) found.push(batch);
  }

  /** Reads so much more behind what was read and not used. Batches refer to it, so it is never written again. @throws StorageDamaged */
  async #fill(segment: CopiedSegment, at: At, wanted: number): Promise<void> {
    const rest = at.bytes.length - at.used;
    const position = at.position + at.bytes.length;
    const length = Math.min(wanted, segment.size - position);
    if (length <= 0 && rest > 0 && at.used > 0) return;
    if (length <= 0) throw new StorageDamaged(segment.name, `damaged at position ${position}: a batch that it held is missing`);
    const bytes = Buffer.allocUnsafeSlow(rest + length);
    at.bytes.copy(bytes, 0, at.used);
    const file = await this.#open(segment.name);
    const read = await file.readInto(bytes.subarray(rest), position);
    if (read === 0) throw new StorageDamaged(segment.name, `damaged: it ends at position ${position}`);
    at.position += at.used;
    at.bytes = bytes.subarray(0, rest + read);
    at.used = 0;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    this.#isClosed = true;
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
    if (this.#isClosed) return Promise.reject(new Error('the copy is closed'));
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
