/** What peers may say: anything at all, or messages that are plausible but come in the wrong order. */

import fc from 'fast-check';
import type { Batch } from '../model/batch.ts';
import { epochLeapMax } from '../model/foreign-epoch.ts';
import type { PeerMessage } from '../model/messages.ts';
import { batchNumber, clusterId, epoch, incarnation, logAge, nodeId, offset, storageId, streamId, timestampMs } from '../model/numbers.ts';
import { mine, names, oneEntry, ownEnd, plan } from './hostile-node.test-support.ts';
import type { Node } from './hostile-node.test-support.ts';

const anyCount = fc.oneof(
  { weight: 6, arbitrary: fc.nat(9) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 32, 2 ** 40, Number.MAX_SAFE_INTEGER) },
);
const anyClock = fc.option(fc.nat(Number.MAX_SAFE_INTEGER).map(timestampMs), { nil: undefined });
const anyEpoch = fc
  .oneof(
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 8 }) },
    { weight: 1, arbitrary: fc.constantFrom(epochLeapMax, epochLeapMax + 4, 2 * epochLeapMax + 8, 2 ** 52, Number.MAX_SAFE_INTEGER) },
  )
  .map(epoch);
const anyPoint = fc.oneof(fc.record({ number: anyCount.map(batchNumber), offset: anyCount.map(offset) }), fc.constant(ownEnd));
const anyShape = fc.record({
  starts: fc.array(fc.record({ epoch: anyEpoch, number: anyCount.map(batchNumber), offset: anyCount.map(offset) }), { maxLength: 3 }),
  end: anyPoint,
});
const anyId = fc.constantFrom(...names, nodeId('rogue'), nodeId('s1:1'));
const anyStorage = fc.constantFrom(...names.map((name) => storageId(`storage-of-${name}`)), storageId('own'));
const anyCluster = fc.constantFrom(mine, clusterId('other'));
const anyPlace = fc.record({ epoch: anyEpoch, number: fc.oneof(anyCount, fc.constant(-1)).map(batchNumber) });
const anyMadeUpBatch = fc
  .record({
    epoch: anyEpoch,
    number: anyCount.map(batchNumber),
    baseOffset: anyCount.map(offset),
    entryCount: fc.nat(3),
    committedEnd: anyCount.map(offset),
    isMarker: fc.boolean(),
    checksum: fc.nat(3),
  })
  .map(
    (head): Batch => ({ ...head, timestamp: timestampMs(9), age: logAge(0), memberList: undefined, keys: [], bytes: new Uint8Array(10) }),
  );

const anyBatch = fc.oneof(anyMadeUpBatch, fc.constant(oneEntry(plan.length, 6)), fc.constant(oneEntry(plan.length + 1, 7)));

const anyHello = fc.record({
  kind: fc.constant('hello' as const),
  epoch: anyEpoch,
  id: anyId,
  storageId: anyStorage,
  incarnation: fc.constantFrom('i1', 'i2', 'm#1').map(incarnation),
  url: fc.constantFrom('http://s1:1', 'http://rogue:1'),
  clusterId: fc.option(anyCluster),
  hasMessages: fc.boolean(),
  memberIds: fc.subarray([...names]),
  delayMs: fc.nat(10),
  wallClock: anyClock,
  features: fc.option(fc.subarray(['elections', 'hand-over', 'what-nobody-knows']), { nil: undefined }),
  priority: fc.option(anyCount, { nil: undefined }),
});
const anyMessage: fc.Arbitrary<PeerMessage> = fc.oneof(
  anyHello,
  fc.record({ kind: fc.constant('requestPromise' as const), epoch: anyEpoch }),
  fc.record({ kind: fc.constant('promise' as const), epoch: anyEpoch, tip: anyPlace, clusterId: fc.option(anyCluster) }),
  fc.record({
    kind: fc.constant('refuse' as const),
    epoch: anyEpoch,
    reason: fc.constantFrom(
      'epoch' as const,
      'epoch' as const,
      'other-cluster' as const,
      'id-taken' as const,
      'removed' as const,
      'diverged' as const,
    ),
    leader: fc.option(fc.record({ id: anyId, url: fc.constant('http://rogue:1'), epoch: anyEpoch })),
    clusterId: fc.option(anyCluster),
  }),
  fc.record({ kind: fc.constant('fetch' as const), epoch: anyEpoch, shape: anyShape }),
  fc.record({ kind: fc.constant('fetchMatch' as const), epoch: anyEpoch, point: anyPoint, end: anyPoint }),
  fc.record({ kind: fc.constant('fetchNext' as const), epoch: anyEpoch, number: anyCount.map(batchNumber) }),
  fc.record({ kind: fc.constant('fetched' as const), epoch: anyEpoch, batch: anyBatch }),
  fc.record({ kind: fc.constant('fetchChunkEnd' as const), epoch: anyEpoch, end: anyCount.map(batchNumber) }),
  fc.record({ kind: fc.constant('lead' as const), epoch: anyEpoch, clusterId: anyCluster, memberIds: fc.subarray([...names]) }),
  fc.record({ kind: fc.constant('following' as const), epoch: anyEpoch, shape: anyShape }),
  fc.record({ kind: fc.constant('match' as const), epoch: anyEpoch, point: anyPoint }),
  fc.record({ kind: fc.constant('replicate' as const), epoch: anyEpoch, batch: anyBatch }),
  fc.record({ kind: fc.constant('acknowledge' as const), epoch: anyEpoch, tip: anyPlace, durableEnd: anyCount.map(offset) }),
  fc.record({ kind: fc.constant('heartbeat' as const), epoch: anyEpoch, sequence: anyCount, committedEnd: anyCount.map(offset) }),
  fc.record({
    kind: fc.constant('heartbeatAnswer' as const),
    epoch: anyEpoch,
    sequence: anyCount,
    canStore: fc.boolean(),
    wallClock: anyClock,
  }),
  fc.record({ kind: fc.constant('poll' as const), epoch: anyEpoch, round: anyCount, tip: anyPlace, priority: anyCount }),
  fc.record({
    kind: fc.constant('pollAnswer' as const),
    epoch: anyEpoch,
    round: fc.nat(3),
    refusal: fc.constantFrom(null, 'hears-leader' as const, 'campaign' as const),
    tip: anyPlace,
    canLead: fc.boolean(),
    priority: anyCount,
    leader: fc.option(fc.record({ id: anyId, url: fc.constant('http://rogue:1'), epoch: anyEpoch })),
  }),
  fc.record({ kind: fc.constant('yourTurn' as const), epoch: anyEpoch, round: anyCount }),
  fc.record({ kind: fc.constantFrom('resign' as const, 'takeOver' as const, 'askHandOver' as const), epoch: anyEpoch }),
  fc.record({ kind: fc.constantFrom('keepLead' as const, 'declineLead' as const), epoch: anyEpoch, why: fc.string() }),
  fc.record({ kind: fc.constant('readRequest' as const), epoch: anyEpoch, readId: anyCount }),
  fc.record({
    kind: fc.constant('readAnswer' as const),
    epoch: anyEpoch,
    readId: anyCount,
    end: anyCount.map(offset),
    firstOffset: fc.option(anyCount.map(offset), { nil: undefined }),
  }),
);

/** What a source of a fetch may say, in order or not. */
const anyLoan: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('promise' as const),
    epoch: fc.constant(epoch(3)),
    tip: fc.record({ epoch: fc.constantFrom(2, 2, 2, 3).map(epoch), number: fc.constantFrom(5, 6, 7, 8, 12).map(batchNumber) }),
    clusterId: fc.constant(mine),
  }),
  fc.record({
    kind: fc.constant('fetchMatch' as const),
    epoch: fc.constant(epoch(3)),
    point: fc.constantFrom(ownEnd, { number: batchNumber(6), offset: offset(5) }),
    end: fc.constantFrom(ownEnd, { number: batchNumber(9), offset: offset(8) }),
  }),
  fc.record({
    kind: fc.constant('fetched' as const),
    epoch: fc.constant(epoch(3)),
    batch: fc.constantFrom(oneEntry(6, 5), oneEntry(7, 6), oneEntry(8, 7)),
  }),
  fc.record({ kind: fc.constant('fetchChunkEnd' as const), epoch: fc.constant(epoch(3)), end: fc.constantFrom(7, 8, 9).map(batchNumber) }),
  fc.record({
    kind: fc.constant('refuse' as const),
    epoch: fc.constantFrom(2, 3, 4, Number.MAX_SAFE_INTEGER).map(epoch),
    reason: fc.constantFrom('epoch' as const, 'diverged' as const),
    leader: fc.constant(null),
    clusterId: fc.constant(mine),
  }),
);

const anyEpochNear = fc.constantFrom(2, 3, 3, 3, 4, 5).map(epoch);
const anyPointHere = fc.constantFrom(
  ownEnd,
  { number: batchNumber(6), offset: offset(5) },
  { number: batchNumber(5), offset: offset(5) },
  { number: batchNumber(8), offset: offset(7) },
);

/** What a leader may say, in order or not. */
const anyRule: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({ kind: fc.constant('lead' as const), epoch: anyEpochNear, clusterId: fc.constant(mine), memberIds: fc.constant(names) }),
  fc.record({ kind: fc.constant('requestPromise' as const), epoch: anyEpochNear }),
  fc.record({ kind: fc.constant('match' as const), epoch: anyEpochNear, point: anyPointHere }),
  fc.record({
    kind: fc.constant('replicate' as const),
    epoch: anyEpochNear,
    batch: fc.constantFrom(oneEntry(5, 5), oneEntry(6, 5), oneEntry(7, 6), oneEntry(8, 7)),
  }),
  fc.record({
    kind: fc.constant('heartbeat' as const),
    epoch: anyEpochNear,
    sequence: fc.nat(9),
    committedEnd: fc.integer({ min: 4, max: 9 }).map(offset),
  }),
  fc.record({
    kind: fc.constant('fetch' as const),
    epoch: anyEpochNear,
    shape: fc.constant({ starts: [{ epoch: epoch(1), number: batchNumber(0), offset: offset(0) }], end: ownEnd }),
  }),
  fc.record({ kind: fc.constant('fetchNext' as const), epoch: anyEpochNear, number: fc.nat(9).map(batchNumber) }),
);

/** What a follower may say, in order or not. */
const anyReport: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({
    kind: fc.constant('following' as const),
    epoch: anyEpochNear,
    shape: fc.constantFrom(
      {
        starts: [
          { epoch: epoch(1), number: batchNumber(0), offset: offset(0) },
          { epoch: epoch(2), number: batchNumber(3), offset: offset(3) },
        ],
        end: ownEnd,
      },
      { starts: [], end: { number: batchNumber(0), offset: offset(0) } },
    ),
  }),
  fc.record({
    kind: fc.constant('acknowledge' as const),
    epoch: anyEpochNear,
    tip: fc.record({ epoch: fc.constantFrom(1, 2, 3).map(epoch), number: fc.integer({ min: -1, max: 9 }).map(batchNumber) }),
    durableEnd: fc.constantFrom(0, 3, 5, 6, 7, 8).map(offset),
  }),
  fc.record({
    kind: fc.constant('heartbeatAnswer' as const),
    epoch: anyEpochNear,
    sequence: fc.nat(9),
    canStore: fc.boolean(),
    wallClock: anyClock,
  }),
  fc.record({
    kind: fc.constant('refuse' as const),
    epoch: anyEpochNear,
    reason: fc.constantFrom('epoch' as const, 'diverged' as const, 'other-cluster' as const),
    leader: fc.constant(null),
    clusterId: fc.constantFrom(mine, clusterId('other')),
  }),
  fc.record({ kind: fc.constant('readRequest' as const), epoch: anyEpochNear, readId: fc.nat(9) }),
);

/** Often with the present epoch, so that more than the first message has an effect, and with a disk that sometimes hangs. */
function talkOf(message: fc.Arbitrary<PeerMessage>) {
  return fc.array(
    fc.record({
      stream: fc.nat(2),
      message,
      isOfTheMoment: fc.boolean(),
      isNamed: fc.constantFrom(false, false, false, false, true),
      ms: fc.constantFrom(0, 0, 20, 300),
      disk: fc.constantFrom('answers', 'answers', 'hangs'),
    }),
    { maxLength: 30 },
  );
}
export const anyTalkToFollower = fc.oneof(talkOf(anyMessage), talkOf(anyRule));
export const anyTalk = fc.oneof(
  talkOf(anyMessage),
  talkOf(anyLoan),
  talkOf(fc.oneof(anyReport, anyLoan)),
  talkOf(fc.oneof(anyReport, anyRule)),
);

export type Talk = ReturnType<typeof talkOf> extends fc.Arbitrary<infer T> ? T : never;

export function talk(node: Node, said: Talk, streams: readonly number[]): void {
  for (const { stream, message, isOfTheMoment, isNamed, ms, disk } of said) {
    node.isDiskSlow = disk !== 'answers';
    if (!node.isDiskSlow) node.flush();
    if (isNamed) node.step({ kind: 'leadershipOffered' });
    const id = streams[stream % streams.length];
    if (id === undefined || node.closed.has(id)) continue;
    const epochSaid = isOfTheMoment ? node.replica.promisedEpoch : message.epoch;
    node.step({ kind: 'messageReceived', stream: streamId(id), message: { ...message, epoch: epochSaid } });
    if (ms > 0) node.tick(ms);
  }
  node.isDiskSlow = false;
  node.flush();
}
