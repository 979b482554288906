/**
 * Which segments a log with a base still needs: from the one that holds the base on. Those before it, and checkpoints of other
 * bases, are left over from a base that was moved just before the last end of the process.
 *
 * The name of a segment tells the offset of its first entry, and several batches may begin there. So the number of its first
 * batch is read from its first bytes.
 */

import { batchNumber, offset } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import { beginsWithBatch } from '../../protocol/batch-codec.ts';
import { checkpointName, isCheckpointName } from '../checkpoints/checkpoint-files.ts';
import { firstOffsetOf, indexName, isIndexName, isSegmentName, segmentOf } from '../format/segment-names.ts';

export interface StoredPart {
  /** The segments of the log, oldest first. */
  readonly names: readonly string[];
  /** Where the first of them begins; `undefined` if that is where the log begins, or there is none. */
  readonly start: LogPoint | undefined;
  /** Files that are no part of the log any more, in the order in which they may be removed. */
  readonly stale: readonly string[];
}

/** @param base - `undefined` if the log begins at its first batch */
export async function findStoredPart(disk: Disk, base: LogPoint | undefined): Promise<StoredPart> {
  const files = await disk.list();
  const names = files.filter(isSegmentName);
  const kept = base === undefined ? undefined : checkpointName(base.number);
  const strays = files.filter((name) => isCheckpointName(name) && name !== kept);
  if (base === undefined) return { names, start: undefined, stale: strays };
  for (let at = names.length - 1; at >= 0; at -= 1) {
    const name = names[at];
    if (name === undefined || firstOffsetOf(name) > base.offset) continue;
    const number = await firstNumberOf(disk, name);
    // A segment without a batch is the last one, and begins where the one before it ends.
    if (number === undefined || number > base.number) continue;
    return partFrom(at, { number: batchNumber(number), offset: offset(firstOffsetOf(name)) });
  }
  // No segment holds the base: the log begins in the first one behind it, or is the checkpoint alone.
  const behind = names.findIndex((name) => firstOffsetOf(name) >= base.offset);
  return partFrom(behind === -1 ? names.length : behind, undefined);

  function partFrom(at: number, start: LogPoint | undefined): StoredPart {
    const before = names.slice(0, at);
    const orphans = files.filter(
      (name) => isIndexName(name) && firstOffsetOf(name) < firstOffsetOf(names[at] ?? '') && !names.includes(segmentOf(name)),
    );
    return { names: names.slice(at), start, stale: [...before.flatMap((name) => [indexName(name), name]), ...orphans, ...strays] };
  }
}

/** The number of the first batch in a segment; `undefined` if it has none. */
async function firstNumberOf(disk: Disk, name: string): Promise<number | undefined> {
  const bytes = await disk.readFile(name, { position: 0, length: 64 });
  return bytes === undefined ? undefined : beginsWithBatch(bytes);
}
