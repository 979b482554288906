/**
 * A peer may say whatever it likes: a replica with memory, in each of its roles, never throws, and what it knows as
 * committed stays, batch for batch.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Batch, BatchDraft } from './batch.ts';
import type { Feed, NodeRecord, Ready } from './events.ts';
import { epochLeapMax } from './foreign-epoch.ts';
import type { MemberList } from './members.ts';
import type { PeerMessage } from './messages.ts';
import {
  batchNumber,
  clusterId,
  epoch,
  incarnation,
  instantMs,
  logAge,
  nodeId,
  offset,
  requestId,
  storageId,
  streamId,
  timestampMs,
} from './numbers.ts';
import { replicaOptions, testIdempotency } from './replica-options.test-support.ts';
import { Replica } from './replica.ts';
import { ScriptDisk } from './script-disk.test-support.ts';

const mine = clusterId('c');
const names = ['m', 's1', 's2'].map(nodeId);
const list: MemberList = {
  members: names.map((id) => ({ id, storageId: storageId(`storage-of-${id}`), url: `http://${id}:1`, since: batchNumber(0) })),
  removed: [],
  founder: nodeId('m'),
};
/** Two epochs: a marker with the list and three entries; a marker, two entries, a list again, and one entry that is not known to be committed. */
const plan = [
  { epoch: 1, entries: 0, list },
  { epoch: 1, entries: 2 },
  { epoch: 1, entries: 1 },
  { epoch: 2, entries: 0 },
  { epoch: 2, entries: 2 },
  { epoch: 2, entries: 0, list },
  { epoch: 2, entries: 1 },
];
const committedEnd = 5;

function draftsOf(): BatchDraft[] {
  let at = 0;
  return plan.map((batch, number) => {
    const draft: BatchDraft = {
      epoch: epoch(batch.epoch),
      number: batchNumber(number),
      baseOffset: offset(at),
      entryCount: batch.entries,
      timestamp: timestampMs(number),
      age: logAge(0),
      committedEnd: offset(number === plan.length - 1 ? committedEnd : 0),
      isMarker: batch.entries === 0 && batch.list === undefined,
      memberList: batch.list,
      keys: [],
      requestIds: [],
    };
    at += batch.entries;
    return draft;
  });
}

/** A replica and what is around it: everything that it wants done is done at once. */
class Node {
  readonly replica: Replica;
  readonly disk = new ScriptDisk();
  readonly sent: PeerMessage[] = [];
  readonly closed = new Set<number>();
  readonly dials: string[] = [];
  readonly notices: string[] = [];
  #now = 0;

  /** Nothing that is to be written has been written yet. */
  isDiskSlow = false;
  /** What is to be read and sent has not been read yet. */
  isReadSlow = false;
  readonly feeds: Feed[] = [];

  constructor(id: string, promisedEpoch = 2, promisedTo: NodeRecord['promisedTo'] = null) {
    for (const draft of draftsOf()) this.disk.push({ kind: 'write', draft });
    this.disk.flush();
    const { outline } = this.disk.recover(testIdempotency);
    const record = { clusterId: mine, storageId: storageId(`storage-of-${id}`), promisedEpoch: epoch(promisedEpoch), promisedTo };
    const isMaster = id === 'm';
    const secondaries = isMaster ? ['http://s1:1', 'http://s2:1'] : [];
    const options = replicaOptions({
      id: nodeId(id),
      url: `http://${id}:1`,
      secondaries,
      batchBytesMax: 100,
      drawId: () => `drawn-${(this.#now += 1)}`,
    });
    this.replica = new Replica(options, { outline, record });
    this.tick(0);
  }

  step(event: Parameters<Replica['step']>[0]): void {
    this.replica.keepTime(instantMs(this.#now), timestampMs(this.#now));
    this.replica.step(event);
    this.settle();
  }

  fed({ stream, epoch: of, feedId }: Feed, end: number): void {
    this.replica.step({ kind: 'fed', stream, epoch: of, feedId, end: batchNumber(end), bytes: 10 });
  }

  /** What its disk has done. */
  flush(): void {
    for (const event of this.disk.flush()) this.step(event);
  }

  tick(ms: number): void {
    this.#now += ms;
    this.step({ kind: 'ticked', now: instantMs(this.#now), wallClock: timestampMs(this.#now) });
  }

  settle(): void {
    for (let ready = this.replica.takeReady(); ready !== undefined; ready = this.replica.takeReady()) this.#carryOut(ready);
  }

  #carryOut(ready: Ready): void {
    if (ready.save !== undefined) this.replica.step({ kind: 'recordSaved', version: ready.save.version });
    for (const work of ready.logWork) this.disk.push(work);
    if (!this.isDiskSlow) for (const event of this.disk.flush()) this.replica.step(event);
    for (const { message } of ready.sends) this.sent.push(message);
    for (const stream of ready.closes) this.closed.add(stream);
    this.dials.push(...ready.dials);
    this.notices.push(...ready.notices.map(({ event }) => event));
    for (const feed of ready.feeds) {
      if (this.isReadSlow) {
        this.feeds.push(feed);
        continue;
      }
      const last = this.disk.read(feed).at(-1);
      if (last !== undefined) this.fed(feed, last.number + 1);
    }
  }

  /** Everything that it holds up to where it was known to be committed. */
  get committedBatches(): string[] {
    const all = this.disk.read({ from: batchNumber(0), end: batchNumber(1000), bytesMax: 1e9 } as Parameters<ScriptDisk['read']>[0]);
    return all
      .filter((batch) => batch.baseOffset + batch.entryCount <= committedEnd && batch.number <= 4)
      .map((batch) => `${batch.epoch}#${batch.number}/${batch.baseOffset}+${batch.entryCount}`);
  }
}

const committedBefore = new Node('s1').committedBatches;

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
const ownEnd = { number: batchNumber(plan.length), offset: offset(6) };
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

/** A batch of one entry. */
function oneEntry(number: number, baseOffset: number): Batch {
  const at = { number: batchNumber(number), baseOffset: offset(baseOffset), entryCount: 1, committedEnd: offset(0), isMarker: false };
  const time = { timestamp: timestampMs(9), age: logAge(0) };
  return { epoch: epoch(2), ...at, ...time, memberList: undefined, keys: [], checksum: 1, bytes: new Uint8Array(10) };
}

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
  fc.record({ kind: fc.constant('readRequest' as const), epoch: anyEpoch, readId: anyCount }),
  fc.record({ kind: fc.constant('readAnswer' as const), epoch: anyEpoch, readId: anyCount, end: anyCount.map(offset) }),
);

/** So that more than the first message gets anywhere: what such a stream says of itself, and the epoch of the moment. */
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
const anyTalkToFollower = fc.oneof(talkOf(anyMessage), talkOf(anyRule));
const anyTalk = fc.oneof(talkOf(anyMessage), talkOf(anyLoan), talkOf(fc.oneof(anyReport, anyLoan)), talkOf(fc.oneof(anyReport, anyRule)));

function talk(node: Node, said: ReturnType<typeof talkOf> extends fc.Arbitrary<infer T> ? T : never, streams: readonly number[]): void {
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

function check(node: Node): void {
  assert.deepEqual(node.committedBatches, committedBefore);
  assert.ok(node.replica.committedEnd >= committedEnd);
  assert.ok(node.replica.promisedEpoch <= 2 ** 52);
}

const greeting = (id: string): PeerMessage => ({
  kind: 'hello',
  epoch: epoch(2),
  id: nodeId(id),
  storageId: storageId(`storage-of-${id}`),
  incarnation: incarnation(`${id}#1`),
  url: `http://${id}:1`,
  clusterId: mine,
  hasMessages: true,
  memberIds: names,
  delayMs: 0,
  wallClock: undefined,
});

test('whatever is said to a follower, it never throws, and what is committed stays', () => {
  fc.assert(
    fc.property(anyTalkToFollower, fc.boolean(), (said, isFollowing) => {
      const node = new Node('s1');
      for (const id of [1, 2]) node.step({ kind: 'streamAccepted', stream: streamId(id) });
      greetAll(node, ['m', 's2']);
      if (isFollowing) {
        node.step({
          kind: 'messageReceived',
          stream: streamId(1),
          message: { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names },
        });
      }
      talk(node, said, [1, 2]);
      check(node);
    }),
    { numRuns: 4000 },
  );
});

/** The master with streams that it opened itself: to a secondary, and to whoever is where the other one should be. */
function master(isLeading: boolean, promisedEpoch = 2): Node {
  const node = new Node('m', promisedEpoch);
  node.step({ kind: 'leadershipOffered' });
  node.tick(20);
  for (const [index, url] of ['http://s1:1', 'http://s2:1'].entries()) node.step({ kind: 'dialed', url, stream: streamId(index + 1) });
  if (!isLeading) return node;
  node.step({ kind: 'messageReceived', stream: streamId(1), message: greeting('s1') });
  const tip = { epoch: epoch(2), number: batchNumber(plan.length - 1) };
  node.step({
    kind: 'messageReceived',
    stream: streamId(1),
    message: { kind: 'promise', epoch: node.replica.promisedEpoch, tip, clusterId: mine },
  });
  assert.ok(node.replica.isLeading);
  return node;
}

function greetAll(node: Node, ids: readonly string[]): void {
  for (const id of ids) node.step({ kind: 'messageReceived', stream: streamId(id === 's2' ? 2 : 1), message: greeting(id) });
}

for (const isLeading of [false, true]) {
  test(`whatever is said to ${isLeading ? 'a leader' : 'a candidate'}, it never throws, and what is committed stays`, () => {
    fc.assert(
      fc.property(anyTalk, fc.boolean(), (said, areGreeted) => {
        const node = master(isLeading);
        if (areGreeted) greetAll(node, isLeading ? ['s2'] : ['s1', 's2']);
        node.step({
          kind: 'appendRequested',
          requestId: requestId(1),
          entryCount: 1,
          byteCount: 1,
          concern: { w: 'majority', timeoutMs: 1000 },
          key: undefined,
        });
        node.step({ kind: 'streamAccepted', stream: streamId(3) });
        if (areGreeted) node.step({ kind: 'messageReceived', stream: streamId(3), message: greeting('s2') });
        talk(node, said, [1, 2, 3]);
        check(node);
      }),
      { numRuns: 4000 },
    );
  });
}

/** One that says hello, that it leads epoch 3, and where the logs agree. */
function usurped(point: { readonly number: number; readonly offset: number }, isDiskSlow = false): Node {
  const node = new Node('s1');
  node.isDiskSlow = isDiskSlow;
  node.step({ kind: 'streamAccepted', stream: streamId(1) });
  node.step({ kind: 'messageReceived', stream: streamId(1), message: greeting('rogue') });
  node.step({
    kind: 'messageReceived',
    stream: streamId(1),
    message: { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names },
  });
  node.step({
    kind: 'messageReceived',
    stream: streamId(1),
    message: { kind: 'match', epoch: epoch(3), point: { number: batchNumber(point.number), offset: offset(point.offset) } },
  });
  return node;
}

test('a cut goes by the place that its number names, and an offset that is not there takes nothing', () => {
  // The last entry is not known to be committed: it may go, and the list before it.
  assert.deepEqual([usurped({ number: 6, offset: 5 }).replica.durableEnd, usurped({ number: 5, offset: 5 }).replica.durableEnd], [5, 5]);
  for (const point of [
    { number: 0, offset: 5 },
    { number: 3, offset: 5 },
    { number: 4, offset: 5 },
    { number: 5, offset: 6 },
    { number: 7, offset: 5 },
    { number: 3, offset: 3 },
    { number: 0, offset: 0 },
  ]) {
    const node = usurped(point);
    assert.equal(node.replica.durableEnd, 6, JSON.stringify(point));
    assert.ok(
      node.closed.has(1) || node.sent.some((message) => message.kind === 'refuse' && message.reason === 'diverged'),
      JSON.stringify(point),
    );
  }
});

test('an epoch out of reach is neither promised nor followed, and the one below the bound is', () => {
  for (const kind of ['requestPromise', 'lead'] as const) {
    const node = new Node('s1');
    node.step({ kind: 'streamAccepted', stream: streamId(1) });
    node.step({ kind: 'messageReceived', stream: streamId(1), message: greeting('m') });
    const ask = (value: number): void =>
      node.step({
        kind: 'messageReceived',
        stream: streamId(1),
        message: kind === 'lead' ? { kind, epoch: epoch(value), clusterId: mine, memberIds: names } : { kind, epoch: epoch(value) },
      });
    for (const value of [2 + epochLeapMax + 1, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER]) ask(value);
    assert.equal(node.replica.promisedEpoch, 2);
    ask(2 + epochLeapMax);
    assert.equal(node.replica.promisedEpoch, 2 + epochLeapMax);
  }
});

const leaderOf = (node: Node): string | undefined => node.replica.leader?.id;

test('who leads an epoch that was promised to another is not followed in it', () => {
  const node = new Node('s1');
  for (const [id, name] of [
    [1, 'm'],
    [2, 'rogue'],
  ] as const) {
    node.step({ kind: 'streamAccepted', stream: streamId(id) });
    node.step({ kind: 'messageReceived', stream: streamId(id), message: greeting(name) });
  }
  node.step({ kind: 'messageReceived', stream: streamId(1), message: { kind: 'requestPromise', epoch: epoch(3) } });
  node.step({
    kind: 'messageReceived',
    stream: streamId(2),
    message: { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names },
  });
  assert.equal(leaderOf(node), undefined);
  node.step({
    kind: 'messageReceived',
    stream: streamId(1),
    message: { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names },
  });
  assert.equal(leaderOf(node), 'm');
});

test('who leads an epoch that this node promised to itself before it restarted is followed in it', () => {
  const node = new Node('s1', 3, { id: nodeId('s1'), incarnation: incarnation('s1#0') });
  node.step({ kind: 'streamAccepted', stream: streamId(1) });
  node.step({ kind: 'messageReceived', stream: streamId(1), message: greeting('m') });
  node.step({
    kind: 'messageReceived',
    stream: streamId(1),
    message: { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names },
  });
  assert.equal(leaderOf(node), 'm');
});

for (const last of ['a promise that cannot be', 'a refusal from out of reach'] as const) {
  test(`a source that is let go for ${last} is not asked for more when what it lent is written`, () => {
    const node = master(false);
    const at = node.replica.promisedEpoch;
    const say = (message: PeerMessage): void => node.step({ kind: 'messageReceived', stream: streamId(1), message });
    say(greeting('s1'));
    const promise = {
      kind: 'promise',
      epoch: at,
      tip: { epoch: epoch(2), number: batchNumber(plan.length + 5) },
      clusterId: mine,
    } as const;
    say(promise);
    const point = { number: batchNumber(plan.length), offset: offset(6) };
    say({ kind: 'fetchMatch', epoch: at, point, end: { number: batchNumber(plan.length + 6), offset: offset(12) } });
    node.isDiskSlow = true;
    say({ kind: 'fetched', epoch: at, batch: oneEntry(plan.length, 6) });
    say({ kind: 'fetchChunkEnd', epoch: at, end: batchNumber(plan.length + 1) });
    if (last === 'a promise that cannot be') say({ ...promise, tip: { epoch: at, number: batchNumber(plan.length + 5) } });
    else say({ kind: 'refuse', epoch: epoch(Number.MAX_SAFE_INTEGER), reason: 'epoch', leader: null, clusterId: mine });
    assert.ok(node.closed.has(1));
    node.flush();
    assert.equal(node.replica.durableEnd, 7);
  });
}

test('what a candidate said in an earlier epoch, as its leader, and was held up on the way, is no reason to refuse it', () => {
  const node = new Node('s1');
  const say = (stream: number, message: PeerMessage): void => node.step({ kind: 'messageReceived', stream: streamId(stream), message });
  for (const [stream, name] of [
    [1, 'm'],
    [2, 's2'],
  ] as const) {
    node.step({ kind: 'streamAccepted', stream: streamId(stream) });
    say(stream, greeting(name));
  }
  const refusals = (): number => node.sent.filter(({ kind }) => kind === 'refuse').length;
  const late = (of: number): PeerMessage => ({ kind: 'heartbeat', epoch: epoch(of), sequence: 1, committedEnd: offset(0) });
  say(1, { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names });
  say(1, { kind: 'requestPromise', epoch: epoch(4) });
  say(1, late(3));
  assert.deepEqual([node.replica.promisedEpoch, refusals()], [4, 0]);
  // From anybody else it shows that he does not know of the promise.
  say(2, { kind: 'requestPromise', epoch: epoch(5) });
  say(1, late(4));
  assert.deepEqual([node.replica.promisedEpoch, refusals()], [5, 1]);
});

test('a follower that claims more than it was sent is let go, and the leader lives', () => {
  const far = {
    starts: [{ epoch: epoch(3), number: batchNumber(7), offset: offset(6) }],
    end: { number: batchNumber(2 ** 50), offset: offset(2 ** 50) },
  };
  const claims: PeerMessage[] = [
    {
      kind: 'following',
      epoch: epoch(3),
      shape: {
        ...far,
        starts: [
          { epoch: epoch(1), number: batchNumber(0), offset: offset(0) },
          { epoch: epoch(2), number: batchNumber(3), offset: offset(3) },
          ...far.starts,
        ],
      },
    },
    { kind: 'acknowledge', epoch: epoch(3), tip: { epoch: epoch(3), number: batchNumber(2 ** 50) }, durableEnd: offset(2 ** 50) },
    { kind: 'acknowledge', epoch: epoch(3), tip: { epoch: epoch(2), number: batchNumber(6) }, durableEnd: offset(2 ** 50) },
    { kind: 'heartbeatAnswer', epoch: epoch(3), sequence: 2 ** 50, canStore: true, wallClock: timestampMs(2 ** 50) },
  ];
  for (const message of claims) {
    const node = master(true);
    // In writing, and so seen by nobody.
    node.isDiskSlow = true;
    node.step({
      kind: 'appendRequested',
      requestId: requestId(1),
      entryCount: 1,
      byteCount: 1,
      concern: { w: 1, timeoutMs: 1000 },
      key: undefined,
    });
    node.step({ kind: 'messageReceived', stream: streamId(1), message });
    assert.ok(node.replica.isLeading && node.closed.has(1), JSON.stringify(message));
  }
});

test('a leader that was suspended reads what waits before it takes a member to be shut out', () => {
  const node = master(true);
  node.tick(20);
  node.step({
    kind: 'messageReceived',
    stream: streamId(1),
    message: { kind: 'refuse', epoch: node.replica.promisedEpoch, reason: 'epoch', leader: null, clusterId: mine },
  });
  node.tick(1100);
  assert.ok(node.replica.isLeading);
  for (let passed = 0; passed < 300; passed += 20) node.tick(20);
  assert.ok(!node.replica.isLeading, 'the member still keeps away');
});

test('what was read for a follower in an earlier epoch, on the same stream, counts for nothing in the next', () => {
  const node = master(true);
  node.isReadSlow = true;
  const say = (stream: number, message: PeerMessage): void => node.step({ kind: 'messageReceived', stream: streamId(stream), message });
  const tip = { epoch: epoch(2), number: batchNumber(plan.length - 1) };
  const starts = [
    { epoch: epoch(1), number: batchNumber(0), offset: offset(0) },
    { epoch: epoch(2), number: batchNumber(3), offset: offset(3) },
  ];
  const first = node.replica.promisedEpoch;
  say(1, { kind: 'following', epoch: first, shape: { starts, end: { number: batchNumber(7), offset: offset(6) } } });
  say(1, { kind: 'acknowledge', epoch: first, tip, durableEnd: offset(6) });
  const [early] = node.feeds.splice(0);
  assert.ok(early !== undefined);
  say(2, greeting('s2'));
  say(2, { kind: 'refuse', epoch: epoch(first + 1), reason: 'epoch', leader: null, clusterId: mine });
  for (let passed = 0; passed < 600 && node.replica.promisedEpoch === first; passed += 20) node.tick(20);
  const next = node.replica.promisedEpoch;
  // Its first batch had reached the follower before the read that is still under way.
  const marker = { epoch: first, number: batchNumber(7) };
  say(1, { kind: 'promise', epoch: next, tip: marker, clusterId: mine });
  assert.ok(node.replica.isLeading);
  const shape = { starts: [...starts, { ...marker, offset: offset(6) }], end: { number: batchNumber(8), offset: offset(6) } };
  say(1, { kind: 'following', epoch: next, shape });
  say(1, { kind: 'acknowledge', epoch: next, tip: marker, durableEnd: offset(6) });
  assert.equal(node.feeds.length, 1);
  node.fed(early, 8);
  assert.ok(node.replica.isLeading);
});

test('the storage of a member that is down is not another node’s', () => {
  const node = master(true);
  node.step({
    kind: 'messageReceived',
    stream: streamId(2),
    message: { ...(greeting('evil') as Extract<PeerMessage, { kind: 'hello' }>), storageId: storageId('storage-of-s2') },
  });
  assert.ok(node.closed.has(2) && node.replica.isLeading);
  assert.ok(node.sent.some((message) => message.kind === 'refuse' && message.reason === 'id-taken'));
});

test('a node that promised out of reach keeps nobody from leading with the others', () => {
  const node = master(false);
  const at = node.replica.promisedEpoch;
  for (const [id, name] of [
    [2, 's2'],
    [1, 's1'],
  ] as const)
    node.step({ kind: 'messageReceived', stream: streamId(id), message: greeting(name) });
  node.step({
    kind: 'messageReceived',
    stream: streamId(2),
    message: { kind: 'refuse', epoch: epoch(Number.MAX_SAFE_INTEGER), reason: 'epoch', leader: null, clusterId: mine },
  });
  assert.equal(node.replica.promisedEpoch, at);
  const tip = { epoch: epoch(2), number: batchNumber(6) };
  node.step({ kind: 'messageReceived', stream: streamId(1), message: { kind: 'promise', epoch: at, tip, clusterId: mine } });
  assert.ok(node.replica.isLeading);
});

test('a node that is more than one leap behind is led up to the epoch of its leader, and follows', () => {
  const leader = master(true, 2 + 3 * epochLeapMax);
  const follower = new Node('s2');
  const tell = (message: PeerMessage): void => follower.step({ kind: 'messageReceived', stream: streamId(1), message });
  follower.step({ kind: 'streamAccepted', stream: streamId(1) });
  tell(greeting('m'));
  leader.sent.length = 0;
  leader.step({ kind: 'messageReceived', stream: streamId(2), message: greeting('s2') });
  for (const message of leader.sent.splice(0)) tell(message);
  const refusal = follower.sent.find((message) => message.kind === 'refuse');
  assert.ok(refusal !== undefined && refusal.epoch === 2);
  leader.step({ kind: 'messageReceived', stream: streamId(2), message: refusal });
  for (const message of leader.sent.splice(0)) tell(message);
  assert.equal(follower.replica.promisedEpoch, leader.replica.promisedEpoch);
  assert.equal(leaderOf(follower), 'm');
});

for (const isShort of [true, false]) {
  const what = isShort ? 'ends before the place with which it promised' : 'says that it sent what it did not send';
  test(`a source that ${what} is no source, and the others suffice`, () => {
    const node = master(false);
    for (const [stream, name] of ['s1', 's2'].entries())
      node.step({ kind: 'messageReceived', stream: streamId(stream + 1), message: greeting(name) });
    const campaign = node.replica.promisedEpoch;
    const say = (stream: number, message: PeerMessage): void => {
      if (!node.closed.has(stream)) node.step({ kind: 'messageReceived', stream: streamId(stream), message });
    };
    const tipAt = (number: number): PeerMessage => {
      return { kind: 'promise', epoch: campaign, tip: { epoch: epoch(2), number: batchNumber(number) }, clusterId: mine };
    };
    say(2, tipAt(plan.length + 5));
    say(1, tipAt(plan.length - 1));
    const point = { number: batchNumber(plan.length), offset: offset(6) };
    const end = isShort ? point : { number: batchNumber(plan.length + 6), offset: offset(12) };
    let answered = 0;
    for (let turn = 0; turn < 20 && !node.replica.isLeading; turn += 1) {
      for (const { kind } of node.sent.splice(0)) {
        if (kind === 'fetch') say(2, { kind: 'fetchMatch', epoch: campaign, point, end });
        else if (kind === 'fetchNext') say(2, { kind: 'fetchChunkEnd', epoch: campaign, end: point.number });
        else continue;
        answered += 1;
      }
    }
    assert.ok(node.replica.isLeading, `it was asked ${answered} times`);
  });
}

test('nobody leads before what it was to cut is cut: what is still being written has the numbers of its own first batches', () => {
  const node = new Node('s1');
  const say = (stream: number, message: PeerMessage): void => node.step({ kind: 'messageReceived', stream: streamId(stream), message });
  node.step({ kind: 'streamAccepted', stream: streamId(1) });
  say(1, greeting('m'));
  say(1, { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names });
  say(1, { kind: 'match', epoch: epoch(3), point: ownEnd });
  node.isDiskSlow = true;
  say(1, { kind: 'replicate', epoch: epoch(3), batch: { ...oneEntry(plan.length, 6), epoch: epoch(3) } });
  say(1, { kind: 'lead', epoch: epoch(4), clusterId: mine, memberIds: names });
  say(1, { kind: 'match', epoch: epoch(4), point: ownEnd });
  node.step({ kind: 'leadershipOffered' });
  node.tick(20);
  node.step({ kind: 'dialed', url: 'http://s2:1', stream: streamId(2) });
  say(2, greeting('s2'));
  const tip = { epoch: epoch(2), number: batchNumber(plan.length - 1) };
  say(2, { kind: 'promise', epoch: node.replica.promisedEpoch, tip, clusterId: mine });
  assert.equal(node.replica.isLeading, false);
  node.isDiskSlow = false;
  node.flush();
  assert.equal(node.replica.isLeading, true);
});

test('a cut that is done when a new cluster was forced meanwhile ends nothing', () => {
  const node = usurped({ number: 6, offset: 5 }, true);
  for (const event of node.disk.write()) node.step(event);
  assert.equal(node.replica.durableEnd, 5);
  node.step({ kind: 'leadershipOffered' });
  node.tick(20);
  node.step({ kind: 'newClusterForced', requestId: requestId(1) });
  node.flush();
  node.settle();
  assert.ok(node.replica.isLeading);
});

test('a leader that turns a node away says so again and again, and the node once, until a leader takes it', () => {
  const node = new Node('s1');
  const turnedAway = (): number => node.notices.filter((event) => event === 'membership.refused').length;
  const hears = (stream: number, message: PeerMessage): void => {
    node.step({ kind: 'streamAccepted', stream: streamId(stream) });
    node.step({ kind: 'messageReceived', stream: streamId(stream), message: greeting('m') });
    node.step({ kind: 'messageReceived', stream: streamId(stream), message });
  };
  const refusal = (reason: 'id-taken' | 'removed'): PeerMessage => ({
    kind: 'refuse',
    epoch: epoch(2),
    reason,
    leader: null,
    clusterId: mine,
  });
  for (const stream of [1, 2, 3]) hears(stream, refusal('id-taken'));
  assert.equal(turnedAway(), 1);
  for (const stream of [4, 5]) hears(stream, refusal('removed'));
  assert.equal(turnedAway(), 2, 'another reason is news');
  hears(6, { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names });
  for (const stream of [7, 8]) hears(stream, refusal('removed'));
  assert.equal(turnedAway(), 3);
});
