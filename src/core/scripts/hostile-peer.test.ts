/**
 * Whatever a peer says to a replica with a log, in any of its roles: the replica never throws, and every batch that it knows
 * to be committed stays.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochLeapMax } from '../model/foreign-epoch.ts';
import type { PeerMessage } from '../model/messages.ts';
import { batchNumber, epoch, incarnation, nodeId, offset, requestId, storageId, streamId, timestampMs } from '../model/numbers.ts';
import { Node, committedEnd, greetAll, greeting, master, mine, names, oneEntry, ownEnd, plan } from './hostile-node.test-support.ts';
import { anyTalk, anyTalkToFollower, talk } from './hostile-talk.test-support.ts';

const committedBefore = new Node('s1').committedBatches;

function check(node: Node): void {
  assert.deepEqual(node.committedBatches, committedBefore);
  assert.ok(node.replica.committedEnd >= committedEnd);
  assert.ok(node.replica.promisedEpoch <= 2 ** 52);
}

test('whatever a follower is told, it never throws, and what is committed stays', () => {
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

test('whatever a node that elects is told, while it follows or holds a poll, it never throws, and what is committed stays', () => {
  const elections = { timeoutMs: 1500, priority: 1, isFounder: true, mayRecoverWithoutQuorum: true };
  fc.assert(
    fc.property(anyTalk, fc.boolean(), fc.boolean(), (said, isFollowing, isPolling) => {
      const node = new Node('s1', 2, null, elections);
      for (const id of [1, 2]) node.step({ kind: 'streamAccepted', stream: streamId(id) });
      greetAll(node, ['m', 's2']);
      if (isFollowing) {
        node.step({
          kind: 'messageReceived',
          stream: streamId(1),
          message: { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names },
        });
      }
      if (isPolling) for (let ms = 0; ms < 4000; ms += 100) node.tick(100);
      for (const [at, url] of node.dials.slice(0, 2).entries()) node.step({ kind: 'dialed', url, stream: streamId(10 + at) });
      talk(node, said, [1, 2, 10, 11]);
      node.step({ kind: 'promotionRequested', requestId: requestId(7), timeoutMs: 1000, isForced: said.length % 2 === 0 });
      talk(node, said, [10, 11, 1, 2]);
      check(node);
    }),
    { numRuns: 3000 },
  );
});

for (const isLeading of [false, true]) {
  test(`whatever ${isLeading ? 'a leader' : 'a candidate'} is told, it never throws, and what is committed stays`, () => {
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

/** A node to which a rogue peer says hello, that it leads epoch 3, and where their logs agree. */
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

test('a cut goes by the batch number, and a point whose offset is not at that number cuts nothing', () => {
  // The last entry, and the list before it, are not known to be committed, so they may be cut.
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

test('an epoch out of reach is neither promised nor followed, but one just within reach is', () => {
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

test('a node does not follow the leader of an epoch that it promised to another node', () => {
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

test('a node follows the leader of an epoch that it had promised to itself before a restart', () => {
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

for (const last of ['an impossible promise', 'a refusal from out of reach'] as const) {
  test(`a source that is dropped for ${last} is not asked for more once the batches from it are written`, () => {
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
    if (last === 'an impossible promise') say({ ...promise, tip: { epoch: at, number: batchNumber(plan.length + 5) } });
    else say({ kind: 'refuse', epoch: epoch(Number.MAX_SAFE_INTEGER), reason: 'epoch', leader: null, clusterId: mine });
    assert.ok(node.closed.has(1));
    node.flush();
    assert.equal(node.replica.durableEnd, 7);
  });
}

test('a delayed message that a candidate sent as the leader of an earlier epoch is no reason to refuse it', () => {
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
  // If the promise went to another node, the old leader does not know about it, and is refused.
  say(2, { kind: 'requestPromise', epoch: epoch(5) });
  say(1, late(4));
  assert.deepEqual([node.replica.promisedEpoch, refusals()], [5, 1]);
});

test('a follower that claims more than it was sent is dropped, and the leader goes on', () => {
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
    // The marker is still being written, so no follower has seen it.
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

test('a leader that was suspended reads what has arrived before it concludes that a member refuses its epoch', () => {
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
  assert.ok(!node.replica.isLeading, 'the member still does not follow');
});

test('a read for a follower that was begun in an earlier epoch, on the same stream, does not count in the next', () => {
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
  // The first batch of the epoch had reached the follower before the read that is still in progress.
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

test('no other node can use the storage of a member that is down', () => {
  const node = master(true);
  node.step({
    kind: 'messageReceived',
    stream: streamId(2),
    message: { ...(greeting('evil') as Extract<PeerMessage, { kind: 'hello' }>), storageId: storageId('storage-of-s2') },
  });
  assert.ok(node.closed.has(2) && node.replica.isLeading);
  assert.ok(node.sent.some((message) => message.kind === 'refuse' && message.reason === 'id-taken'));
});

test('a node that promised an epoch out of reach does not keep a candidate from leading with the others', () => {
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
  const what = isShort ? 'whose log ends before the place that it promised with' : 'that reports a chunk which it did not send';
  test(`a source ${what} is dropped, and the others are enough`, () => {
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

test('a node does not lead before its pending cut is done: batches still being written have the numbers of its first batches', () => {
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

test('a new cluster can be forced while a cut is in progress', () => {
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

test('a node that is refused again and again logs it once for each reason, until a leader accepts it', () => {
  const node = new Node('s1');
  const refusedCount = (): number => node.logEvents.filter((event) => event === 'membership.refused').length;
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
  assert.equal(refusedCount(), 1);
  for (const stream of [4, 5]) hears(stream, refusal('removed'));
  assert.equal(refusedCount(), 2, 'another reason is news');
  hears(6, { kind: 'lead', epoch: epoch(3), clusterId: mine, memberIds: names });
  for (const stream of [7, 8]) hears(stream, refusal('removed'));
  assert.equal(refusedCount(), 3);
});
