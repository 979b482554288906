/**
 * Which segments a log with a base still needs: the one that holds the base, and those behind it. All others, and checkpoints of
 * other bases, are left over from a base that was moved, or from a log that a checkpoint replaced, just before the last end of
 * the process. Files were removed without a sync in between, so any of them may be left.
 *
 * The name of a segment tells the offset of its first entry, and several batches may begin there. So the number of its first
 * batch is read from it, and only a sound batch is believed: what is not needed is removed.
 */

import type { LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import { checkpointName, isCheckpointName } from '../checkpoints/checkpoint-files.ts';
import { firstOffsetOf, indexName, isSegmentName } from '../format/segment-names.ts';
import { StorageDamaged } from '../format/storage-damaged.ts';
import { withFile } from '../format/with-file.ts';
import { readRecord } from '../segments/segment-scan.ts';
import type { ScannedRecord } from '../segments/segment-scan.ts';

/** Most batches are smaller than this. */
const guessBytes = 64 * 1024;

export interface StoredPart {
  /** The segments of the log, oldest first. */
  readonly names: readonly string[];
  /** Where the first of them begins; `undefined` if that is where the log begins, or there is none. */
  readonly start: LogPoint | undefined;
  /** Files that are no part of the log any more, in the order in which they may be removed. */
  readonly stale: readonly string[];
}

/**
 * @param base - `undefined` if the log begins at its first batch
 * @throws StorageDamaged, UnknownFormat
 */
export async function findStoredPart(disk: Disk, base: LogPoint | undefined): Promise<StoredPart> {
  const files = await disk.list();
  const names = files.filter(isSegmentName);
  const kept = base === undefined ? undefined : checkpointName(base.number);
  const strays = files.filter((name) => isCheckpointName(name) && name !== kept);
  if (base === undefined) return { names, start: undefined, stale: strays };
  const holder = await holderOf(disk, names, base);
  const needed = names.filter((name) => name === holder?.name || firstOffsetOf(name) >= base.offset);
  const stale = names.filter((name) => !needed.includes(name)).flatMap((name) => [indexName(name), name]);
  return { names: needed, start: holder?.start, stale: [...stale, ...strays] };
}

/** The segment that holds the base, unless one begins exactly there or nothing of the log is stored. */
async function holderOf(
  disk: Disk,
  names: readonly string[],
  base: LogPoint,
): Promise<{ readonly name: string; readonly start: LogPoint } | undefined> {
  for (const name of names.toReversed()) {
    if (firstOffsetOf(name) > base.offset) continue;
    const first = await firstRecordOf(disk, name);
    if (firstOffsetOf(name) === base.offset) {
      if (first?.kind === 'batch' && first.batch.number === base.number) return undefined;
      // It begins behind the base, or its first batch is torn.
      if (first?.kind !== 'batch' || first.batch.number > base.number) continue;
    } else if (first === undefined) continue;
    if (first.kind === 'unknown') throw new UnknownFormat(`${name}: ${first.reason} (at position 0)`);
    const { batch } = first.kind === 'batch' ? first : { batch: undefined };
    if (batch === undefined || batch.baseOffset !== firstOffsetOf(name) || batch.number >= base.number)
      throw new StorageDamaged(name, 'damaged at position 0, where flushed data was: the batch before the base is not there');
    return { name, start: { number: batch.number, offset: batch.baseOffset } };
  }
  return undefined;
}

/** @returns `undefined` if the segment is empty */
async function firstRecordOf(disk: Disk, name: string): Promise<ScannedRecord | undefined> {
  return withFile(disk, name, async (file) => {
    for (let length = guessBytes; ; ) {
      const bytes = await file.read(0, length);
      if (bytes.length === 0) return undefined;
      const record = readRecord(bytes, 0);
      if (record.kind !== 'incomplete' || bytes.length < length) return record;
      length += record.missingBytes;
    }
  });
}
