/** What a log goes through in the tests of crashes and damage: a little of everything, the same every time. */

import { createHash } from 'node:crypto';
import type { Batch } from '../../core/model/batch.ts';
import type { NodeState } from '../../core/model/events.ts';
import type { MemberList } from '../../core/model/members.ts';
import { batchNumber, clusterId, epoch, incarnation, logAge, nodeId, offset, storageId, timestampMs } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { encodeBatch } from '../../protocol/batch-codec.ts';
import type { EncodableAppend } from '../../protocol/batch-codec.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import type { WatchedLog } from './watched-log.test-support.ts';

const blankRecord: NodeState = { clusterId: null, storageId: storageId('s'), promisedEpoch: epoch(0), promisedTo: null, forgot: null };
const members: MemberList = {
  members: [{ id: nodeId('n'), storageId: storageId('s'), url: 'http://n:1', since: batchNumber(0) }],
  removed: [],
  founder: nodeId('n'),
};

export function stateOf(promisedEpoch: number): NodeState {
  const promisedTo = { id: nodeId('n'), incarnation: incarnation(`n#${promisedEpoch}`) };
  return { ...blankRecord, clusterId: clusterId('c'), promisedEpoch: epoch(promisedEpoch), promisedTo };
}

interface BatchParts {
  readonly of: number;
  readonly messages?: readonly string[];
  readonly isKeyed?: boolean;
  readonly memberList?: MemberList;
  readonly committedEnd?: number;
}

function batch(parts: BatchParts): (at: LogPoint) => Batch {
  return ({ number, offset: baseOffset }) => {
    const messages = (parts.messages ?? []).map((text) => Buffer.from(JSON.stringify(`${text} ${parts.of}:${number}`)));
    const bytes = createHash('sha256').update(`${parts.of} ${number}`).digest();
    const key = parts.isKeyed ? { fingerprint: bytes.subarray(0, 16), digest: bytes.subarray(16), entryCount: messages.length } : undefined;
    const appends: EncodableAppend[] = messages.length === 0 ? [] : [{ messages: packMessages(messages), key }];
    return encodeBatch(
      {
        epoch: epoch(parts.of),
        number,
        baseOffset,
        entryCount: messages.length,
        timestamp: timestampMs(number * 10),
        age: logAge(number),
        committedEnd: offset(parts.committedEnd ?? 0),
        isMarker: messages.length === 0 && parts.memberList === undefined,
        memberList: parts.memberList,
        keys: key === undefined ? [] : [{ ...key, offset: baseOffset }],
        requestIds: [],
      },
      appends,
    );
  };
}

export const small = (of: number, committedEnd = 0): ((at: LogPoint) => Batch) => batch({ of, messages: ['m'], committedEnd });
export const large = (of: number): ((at: LogPoint) => Batch) => batch({ of, messages: ['a longer one '.repeat(12), 'and another'] });
const keyed = (of: number): ((at: LogPoint) => Batch) => batch({ of, messages: ['with', 'a key'], isKeyed: true });
export const marker = (of: number): ((at: LogPoint) => Batch) => batch({ of });
const list = (of: number): ((at: LogPoint) => Batch) => batch({ of, memberList: members });

/** A log is founded and written, and leaders of later epochs make it cut what it wrote; once its disk is full. */
export async function playEverything(log: WatchedLog): Promise<void> {
  await log.save(blankRecord);
  await log.save(stateOf(1));
  await log.append(marker(1), list(1));
  await log.flush();
  await log.append(small(1));
  await log.store.note();
  await log.cut(0); // Nothing is left, and the log begins again.
  await log.append(marker(2), list(2));
  await log.flush();
  await log.append(small(2));
  await writeWhileFlushing(log, small(2), keyed(2));
  await log.store.maintain();
  await log.append(large(2), small(2, 1));
  await log.flush();
  await log.append(small(2)); // Rolls.
  const noting = log.store.note(); // More is flushed meanwhile than it notes.
  await writeWhileFlushing(log, large(2), large(2)); // Rolls while the flush runs.
  await noting;
  const notingAll = log.store.note();
  await log.cut(log.end.number - 1); // Inside a segment.
  await notingAll;
  await log.save(stateOf(3));
  await log.append(marker(3), keyed(3), large(3));
  await log.flush();
  await log.append(small(3));
  await log.flush();
  await log.append(large(3), large(3));
  await log.flush();
  await log.append(large(3));
  await log.append(small(3)); // Not flushed when it is cut.
  await log.store.note();
  await log.cut(log.end.number - 6); // Across three segments.
  await log.save(stateOf(4));
  await log.append(marker(4), small(4));
  await log.flush();
  await fillUp(log);
  await log.append(large(4));
  await log.flush();
  await log.append(large(4), keyed(4));
  await log.flush();
  await log.append(small(4));
  await log.store.close();
}

/** One flush runs while the first batch is written. The next flush covers that batch, and the next one with its mark. */
async function writeWhileFlushing(log: WatchedLog, first: (at: LogPoint) => Batch, next: (at: LogPoint) => Batch): Promise<void> {
  const flushing = log.flush();
  await log.append(first);
  await flushing;
  await log.append(next);
  await log.flush();
}

async function fillUp(log: WatchedLog): Promise<void> {
  const { disk } = log;
  disk.capacityBytes = disk.usedBytes + 130;
  await log.append(small(4), small(4)); // The first one would fit.
  await log.save(stateOf(5)); // Uses up the reserve.
  await log.store.maintain();
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  await log.store.hasRoomFor(0);
}

/** Writes a little after a start: enough to collide with anything that comes back although it was gone. */
export async function playMore(log: WatchedLog): Promise<void> {
  await log.save(stateOf(9));
  await log.append(marker(9), small(9));
  await log.flush();
  await log.append(large(9));
  await log.flush();
  await log.append(large(9), small(9));
  await log.flush();
}

/** Segments, a state file and a cut. Unless the log is closed, no mark covers the end of the last segment. */
export async function playHealthy(log: WatchedLog, parts: { readonly isClosed: boolean }): Promise<void> {
  await log.save(stateOf(1));
  await log.append(marker(1), list(1), small(1));
  await log.flush();
  for (let n = 0; n < 3; n += 1) {
    await log.append(large(1), keyed(1));
    await log.flush();
    await log.append(small(1));
    await log.flush();
  }
  await log.cut(log.end.number - 1);
  await log.append(marker(2), small(2, 3));
  await log.flush();
  await log.append(small(2));
  await log.flush();
  if (parts.isClosed) await log.store.close();
}
