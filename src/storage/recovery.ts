/**
 * Opens a folder: what was flushed is there again, what was not is cut off, and what is damaged stops the start.
 *
 * How a torn tail is told from damage: everything before the position that any flush mark speaks of was flushed once
 * (flush-mark.ts), so a bad record there is damage; so is one in any segment but the last, since a segment is flushed
 * whole before the next one begins. Only behind all that can a bad record be what a crash left of a write.
 *
 * All looking is done before anything is changed, so a start that is refused changes nothing. Recovery can be run
 * twice, and through a crash of its own, with the same result.
 */

import { assert } from '../core/assert.ts';
import type { Batch } from '../core/batch.ts';
import type { NodeRecord } from '../core/events.ts';
import { LogOutline } from '../core/log-outline.ts';
import type { IdempotencyLimits } from '../core/idempotency.ts';
import type { NodeId } from '../core/numbers.ts';
import type { Disk, DiskFile } from '../ports.ts';
import { BatchDamaged, UnknownFormat } from '../protocol/batch-codec.ts';
import { archiveCut } from './cut-archive.ts';
import { RecentBatches } from './recent-batches.ts';
import { keepReserve, readRecordFile, recordFileName, reserveName } from './record-file.ts';
import { Segment, firstOffsetOf, isSegmentName } from './segment.ts';
import { scanSegment } from './segment-scan.ts';
import type { ScanResult } from './segment-scan.ts';
import { SegmentedLog } from './segmented-log.ts';
import { StorageDamaged } from './storage-damaged.ts';

const copyBytes = 1024 * 1024;

export interface RecoveryOptions {
  readonly node: NodeId;
  /** Whether the folder may have been another node's: it was restored or copied, and is not taken for that node's storage. */
  readonly isCopy?: boolean;
  readonly segmentBytesMax: number;
  readonly recentBytesMax: number;
  readonly idempotency: IdempotencyLimits;
}

export interface Recovered {
  readonly store: SegmentedLog;
  /** Everything in it is durable. */
  readonly outline: LogOutline;
  readonly record: NodeRecord | undefined;
  /** Bytes at the end that no flush ever covered; they are in `cut/` now. */
  readonly tornBytes: number;
  /** Bytes that were written and not known to be flushed; they are now. */
  readonly rewrittenBytes: number;
}

/** This folder belongs to a node of another name. */
export class OtherNodesFolder extends Error {
  override readonly name = 'OtherNodesFolder';
  readonly owner: NodeId;

  constructor(owner: NodeId, asked: NodeId) {
    super(
      `the folder belongs to node "${owner}", and this is "${asked}": start it as "${owner}", or elsewhere, or with --blank if it is a copy`,
    );
    this.owner = owner;
  }
}

/** @throws StorageDamaged, UnknownFormat, OtherNodesFolder; then nothing was changed */
export async function recover(disk: Disk, options: RecoveryOptions): Promise<Recovered> {
  const stored = await readRecordFile(disk);
  if (stored !== undefined && stored.node !== options.node && options.isCopy !== true)
    throw new OtherNodesFolder(stored.node, options.node);
  const log = await scanLog(disk, options);
  checkTogether(stored?.record, log);
  // Names that a killed process gave or took away are seen, and a crash could still undo it: they count from here on.
  await disk.syncFolder();
  const torn = await mend(disk, log);
  await keepReserve(disk);
  const store = new SegmentedLog({
    disk,
    node: options.node,
    segmentBytesMax: options.segmentBytesMax,
    segments: log.segments,
    end: log.outline.end,
    recent: log.recent,
  });
  return { store, outline: log.outline, record: stored?.record, ...torn };
}

/** Whether a node was ever started in it. */
export async function isDataFolder(disk: Disk): Promise<boolean> {
  return (await disk.list()).some((name) => name === recordFileName || name === reserveName || isSegmentName(name));
}

/** What lies in the segments of a folder. */
export interface ScannedLog {
  readonly segments: Segment[];
  readonly outline: LogOutline;
  readonly recent: RecentBatches;
  /** Of the last segment; `undefined` without one. */
  readonly last: ScanResult | undefined;
  readonly batchCount: number;
}

/** Reads every segment of a folder and changes nothing. @throws StorageDamaged, UnknownFormat */
export async function scanLog(disk: Disk, options: Pick<RecoveryOptions, 'idempotency' | 'recentBytesMax'>): Promise<ScannedLog> {
  const names = (await disk.list()).filter(isSegmentName);
  const outline = new LogOutline(options.idempotency);
  const recent = new RecentBatches(options.recentBytesMax);
  const segments: Segment[] = [];
  let last: ScanResult | undefined;
  let batchCount = 0;
  for (const [index, name] of names.entries()) {
    if (firstOffsetOf(name) !== outline.end.offset) {
      throw new StorageDamaged(name, `the log ends at offset ${outline.end.offset} before it: a segment is missing or incomplete`);
    }
    const segment = new Segment(outline.end);
    const take = (batch: Batch, position: number): void => {
      if (!outline.isNext(batch))
        throw new BatchDamaged(`batch ${batch.number} does not continue the log, which ends before batch ${outline.end.number}`);
      outline.append(batch);
      outline.flushed(outline.end.number);
      outline.commit(batch.committedEnd);
      segment.addBatch(batch, position);
      recent.push(batch);
      batchCount += 1;
    };
    last = await withFile(disk, name, (file) => scan(name, file, take));
    const isLast = index === names.length - 1;
    if (last.problem !== undefined && (!isLast || last.flushedEnd > last.validEnd)) {
      throw new StorageDamaged(name, `damaged at position ${last.validEnd}, where flushed data was: ${last.problem}`);
    }
    segment.setSize(last.validEnd);
    segments.push(segment);
  }
  return { segments, outline, recent, last, batchCount };
}

async function scan(name: string, file: DiskFile, take: (batch: Batch, position: number) => void): Promise<ScanResult> {
  try {
    return await scanSegment(file, take);
  } catch (error) {
    if (error instanceof UnknownFormat) throw new UnknownFormat(`${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** A log without the state file that belongs to it, or the reverse, is not one to go on with. @throws StorageDamaged */
export function checkTogether(record: NodeRecord | undefined, log: ScannedLog): void {
  const isEmpty = log.segments.every((segment) => segment.size === 0) && log.last?.problem === undefined;
  if (record === undefined && !isEmpty) {
    throw new StorageDamaged(recordFileName, 'it is missing beside segments that hold a log');
  }
  if (record !== undefined && record.clusterId === null && log.batchCount > 0) {
    throw new StorageDamaged(recordFileName, 'it names no cluster, and the segments hold a log');
  }
  if (record !== undefined && record.clusterId !== null && log.segments.length === 0) {
    throw new StorageDamaged(recordFileName, `it names cluster ${record.clusterId}, and there are no segments`);
  }
}

/** Cuts off what was never flushed, and flushes what may not have been. */
async function mend(disk: Disk, log: ScannedLog): Promise<Pick<Recovered, 'tornBytes' | 'rewrittenBytes'>> {
  const segment = log.segments.at(-1);
  if (segment === undefined || log.last === undefined) return { tornBytes: 0, rewrittenBytes: 0 };
  const { validEnd, flushedEnd } = log.last;
  assert(flushedEnd <= validEnd, 'a mark beyond the valid end is damage');
  const { name } = segment;
  return withFile(disk, name, async (file) => {
    const tornBytes = file.size - validEnd;
    if (tornBytes > 0) {
      await archiveCut(disk, { segments: [{ name }], position: validEnd, point: log.outline.end });
      await file.truncate(validEnd);
    }
    // Bytes that an earlier flush failed to write may still be read from memory: written anew, they are flushed for certain.
    for (let position = flushedEnd; position < validEnd; position += copyBytes) {
      const bytes = await file.read(position, Math.min(copyBytes, validEnd - position));
      await file.overwrite(position, bytes);
    }
    // Even with nothing to mend: a cut that was interrupted may be seen here, and be undone by a crash.
    await file.flush();
    return { tornBytes, rewrittenBytes: validEnd - flushedEnd };
  });
}

async function withFile<T>(disk: Disk, name: string, use: (file: DiskFile) => Promise<T>): Promise<T> {
  const file = await disk.open(name);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
