/**
 * Whether a disk forgot part of the log: it holds less than was noted to be flushed (state-keeper.ts), or the index of a
 * segment lies there that no other one follows. A segment has an index once the next one is there for good, and a cut takes
 * the indexes away first: so the next one is gone.
 *
 * A torn tail is none of this: it was never flushed, and so never noted.
 */

import type { LogOutline } from '../../core/log/log-outline.ts';
import type { EpochStart } from '../../core/model/epoch-history.ts';
import { batchNumber, epoch } from '../../core/model/numbers.ts';
import type { Held, LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import { firstOffsetOf, segmentOf } from '../format/segment-names.ts';
import { IndexFiles } from '../segments/index-files.ts';
import type { ReadLog } from './read-log.ts';

/** What the disk had flushed at least, and does not hold; `undefined` if it holds all that is known of. */
export async function forgottenBy(disk: Disk, log: ReadLog, held: Held | null): Promise<Held | undefined> {
  const { outline } = log;
  let furthest = held !== null && !holds(outline, held) ? held : undefined;
  for (const name of log.strayIndexes) {
    const proven = await provenBy(disk, segmentOf(name), log);
    if (proven !== undefined && proven.number >= (furthest?.number ?? 0)) furthest = proven;
  }
  return furthest;
}

/** The last batch of this log; `null` without any. */
export function heldOf(end: LogPoint, lastEpoch: Held['epoch']): Held | null {
  return end.number === 0 ? null : { epoch: lastEpoch, number: batchNumber(end.number - 1), end: end.offset };
}

function holds(outline: LogOutline, { number, epoch: writtenIn }: Held): boolean {
  return number < outline.end.number && outline.epochAt(number) === writtenIn;
}

async function provenBy(disk: Disk, segment: string, { outline, last }: ReadLog): Promise<Held | undefined> {
  const head = await new IndexFiles(disk).readHead(segment);
  if (head === undefined || head.start.offset !== firstOffsetOf(segment)) return undefined;
  if (head.end.number <= outline.end.number && segment !== last?.name) return undefined;
  const lastStart: EpochStart | undefined = head.epochs.at(-1);
  return heldOf(head.end, lastStart?.epoch ?? epoch(0)) ?? undefined;
}
