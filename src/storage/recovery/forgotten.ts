/**
 * Whether a disk forgot part of the log: it holds less than was noted as flushed (state-keeper.ts), or there is an index of a
 * segment that no other segment follows. A segment gets its index only when the next segment is durable, and a cut removes the
 * indexes first, so that next segment has been lost.
 *
 * A torn tail does not count: it was never flushed, so it was never noted.
 */

import type { LogOutline } from '../../core/log/log-outline.ts';
import type { EpochStart } from '../../core/model/epoch-history.ts';
import { batchNumber, epoch } from '../../core/model/numbers.ts';
import type { Held, LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import { firstOffsetOf, segmentOf } from '../format/segment-names.ts';
import { IndexFiles } from '../segments/index-files.ts';
import type { ReadLog } from './read-log.ts';

/** The last batch that the disk is known to have flushed but does not hold; `undefined` if it holds all that is known. */
export async function forgottenBy(disk: Disk, log: ReadLog, held: Held | null): Promise<Held | undefined> {
  const { outline } = log;
  let furthest = held !== null && !holds(outline, held) ? held : undefined;
  for (const name of log.strayIndexes) {
    const proven = await provenBy(disk, segmentOf(name), log);
    if (proven !== undefined && proven.number >= (furthest?.number ?? 0)) furthest = proven;
  }
  return furthest;
}

/** The last batch of a log that ends here; `null` if the log is empty. */
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
