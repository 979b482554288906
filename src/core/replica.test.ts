import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ready } from './model/events.ts';
import { LogOutline } from './log/log-outline.ts';
import type { PeerMessage } from './model/messages.ts';
import type { ReplicaOptions } from './node/context.ts';
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
} from './model/numbers.ts';
import { logStart } from './model/place.ts';
import { encodeBatch } from '../protocol/batch-codec.ts';
import { replicaOptions, testIdempotency } from './scripts/replica-options.test-support.ts';
import { Replica } from './replica.ts';

/** A node that knows no other node. */
function loneReplica(changes: Partial<ReplicaOptions> = {}): Replica {
  const options = replicaOptions({ id: nodeId('m'), url: 'http://m:1', ...changes });
  return new Replica(options, { outline: new LogOutline(testIdempotency), state: undefined });
}

/** What it wants written now. The states that it wants saved are saved. */
function writesOf(replica: Replica): Ready['logWork'] {
  const work: Ready['logWork'][number][] = [];
  for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) {
    work.push(...ready.logWork);
    if (ready.save !== undefined) replica.step({ kind: 'stateSaved', version: ready.save.version });
  }
  return work;
}

/** Lets time pass until it wants something written, and returns that. */
function untilWrite(replica: Replica): Ready['logWork'] {
  for (let now = 0; now < 1000; now += 20) {
    replica.step({ kind: 'ticked', now: instantMs(now), wallClock: timestampMs(now) });
    const work = writesOf(replica);
    if (work.length > 0) return work;
  }
  return [];
}

test('a founder without room for its first batch does not lead, reports why, and tries again when there is room', () => {
  const replica = loneReplica();
  replica.step({ kind: 'leadershipOffered' });
  const [work] = untilWrite(replica);
  assert.ok(work?.kind === 'write' && work.draft.isMarker && work.draft.memberList !== undefined);
  replica.step({ kind: 'writeRefused', bytes: 100, lacks: 'disk space', number: work.draft.number });
  assert.deepEqual([replica.isLeading, replica.status().refusal], [false, 'no-room']);
  replica.step({ kind: 'roomFound' });
  const [again] = untilWrite(replica);
  assert.ok(again?.kind === 'write' && again.draft.isMarker);
  assert.equal(replica.isLeading, true);
});

test('a candidate that follows a leader meanwhile reports to it that there is no room', () => {
  const replica = loneReplica({ newCluster: 'never' });
  replica.step({ kind: 'leadershipOffered' });
  const stream = streamId(1);
  const say = (message: PeerMessage): void => replica.step({ kind: 'messageReceived', stream, message });
  const leads = { epoch: epoch(9), clusterId: clusterId('c') };
  const members = { members: [], removed: [], founder: nodeId('n') };
  replica.step({ kind: 'streamAccepted', stream });
  const who = { id: nodeId('n'), storageId: storageId('n'), incarnation: incarnation('n#1'), url: 'http://n:1' };
  say({ kind: 'hello', ...leads, ...who, hasMessages: false, memberIds: [], delayMs: 0, wallClock: undefined });
  say({ kind: 'lead', ...leads, memberIds: [] });
  assert.deepEqual(writesOf(replica), [], 'only the promise is saved');
  say({ kind: 'match', epoch: leads.epoch, point: logStart });
  const batch = encodeBatch(
    {
      ...{ epoch: leads.epoch, number: batchNumber(0), baseOffset: offset(0), entryCount: 0, timestamp: timestampMs(1), age: logAge(0) },
      ...{ committedEnd: offset(0), isMarker: true, memberList: members, keys: [], requestIds: [] },
    },
    [],
  );
  say({ kind: 'replicate', epoch: leads.epoch, batch });
  assert.deepEqual(writesOf(replica), [{ kind: 'store', batch }]);
  assert.equal(replica.status().role, 'candidate');
  replica.step({ kind: 'writeRefused', bytes: 100, lacks: 'disk space', number: batch.number });
  assert.deepEqual([replica.status().canStore, replica.durableEnd], [false, 0]);
});

test('a leader whose version sends no clock gets answers without one', () => {
  for (const wallClock of [undefined, timestampMs(5)]) {
    const replica = loneReplica();
    replica.setTime(instantMs(0), timestampMs(7));
    const stream = streamId(1);
    const say = (message: PeerMessage): void => replica.step({ kind: 'messageReceived', stream, message });
    const leads = { epoch: epoch(1), clusterId: clusterId('c') };
    const who = { id: nodeId('n'), storageId: storageId('n'), incarnation: incarnation('n#1'), url: 'http://n:1' };
    replica.step({ kind: 'streamAccepted', stream });
    say({ kind: 'hello', ...leads, ...who, hasMessages: false, memberIds: [], delayMs: 0, wallClock });
    say({ kind: 'lead', ...leads, memberIds: [] });
    writesOf(replica);
    say({ kind: 'heartbeat', epoch: leads.epoch, sequence: 1, committedEnd: offset(0) });
    const answers = (replica.takeReady()?.sends ?? []).flatMap(({ message }) =>
      message.kind === 'heartbeatAnswer' ? [message.wallClock] : [],
    );
    assert.deepEqual(answers, [wallClock === undefined ? undefined : timestampMs(7)]);
  }
});

test('a linearizable read keeps its own deadline when its node comes to lead', () => {
  const replica = loneReplica();
  replica.step({ kind: 'readRequested', requestId: requestId(7), timeoutMs: 700 });
  replica.step({ kind: 'leadershipOffered' });
  // Its first batch is never flushed, so it cannot confirm that it leads.
  untilWrite(replica);
  assert.equal(replica.isLeading, true);
  const answeredAt = (now: number): string[] => {
    replica.step({ kind: 'ticked', now: instantMs(now), wallClock: timestampMs(now) });
    return (replica.takeReady()?.replies ?? []).map((reply) => (reply.kind === 'failed' ? `${reply.requestId} ${reply.code}` : reply.kind));
  };
  assert.deepEqual(answeredAt(699), []);
  assert.deepEqual(answeredAt(700), ['7 read-timeout']);
});

test('a linearizable read keeps waiting when the epoch of its leader ends, and the next leader answers it', () => {
  const replica = loneReplica();
  replica.step({ kind: 'leadershipOffered' });
  untilWrite(replica);
  replica.step({ kind: 'readRequested', requestId: requestId(7), timeoutMs: 700 });
  replica.step({ kind: 'newClusterForced', requestId: requestId(9) });
  const answers: string[] = [];
  const next = (): boolean => {
    const ready = replica.takeReady();
    for (const reply of ready?.replies ?? []) answers.push(`${reply.requestId} ${reply.kind}`);
    if (ready?.save !== undefined) replica.step({ kind: 'stateSaved', version: ready.save.version });
    return ready !== undefined;
  };
  while (next());
  replica.step({ kind: 'flushed', end: batchNumber(1) });
  while (next());
  assert.deepEqual(answers, ['9 clusterForced']);
  replica.step({ kind: 'flushed', end: batchNumber(2) });
  while (next());
  assert.deepEqual(answers, ['9 clusterForced', '7 readable']);
});

test('a follower asks again about a linearizable read when its leader begins another epoch on the same stream', () => {
  const replica = loneReplica();
  const stream = streamId(1);
  const say = (message: PeerMessage): void => replica.step({ kind: 'messageReceived', stream, message });
  const asked: string[] = [];
  const settle = (): void => {
    for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) {
      for (const { message } of ready.sends) if (message.kind === 'readRequest') asked.push(`${message.readId} of ${message.epoch}`);
      if (ready.save !== undefined) replica.step({ kind: 'stateSaved', version: ready.save.version });
    }
  };
  const cluster = { clusterId: clusterId('c'), memberIds: [] };
  const who = { id: nodeId('n'), storageId: storageId('n'), incarnation: incarnation('n#1'), url: 'http://n:1' };
  replica.step({ kind: 'streamAccepted', stream });
  say({ kind: 'hello', epoch: epoch(9), ...who, ...cluster, hasMessages: false, delayMs: 0, wallClock: undefined });
  replica.step({ kind: 'readRequested', requestId: requestId(7), timeoutMs: 700 });
  for (const leads of [9, 10]) {
    say({ kind: 'lead', epoch: epoch(leads), ...cluster });
    settle();
    say({ kind: 'match', epoch: epoch(leads), point: logStart });
    settle();
  }
  assert.deepEqual(asked, ['7 of 9', '7 of 10']);
});

test('a node that gives up its empty cluster does not seek to lead until that is done', () => {
  const replica = loneReplica();
  replica.step({ kind: 'leadershipOffered' });
  untilWrite(replica);
  replica.step({ kind: 'flushed', end: batchNumber(1) });
  const stream = streamId(1);
  const say = (message: PeerMessage): void => replica.step({ kind: 'messageReceived', stream, message });
  const cluster = { clusterId: clusterId('c'), memberIds: [nodeId('m'), nodeId('n')] };
  const who = { id: nodeId('n'), storageId: storageId('n'), incarnation: incarnation('n#1'), url: 'http://n:1' };
  replica.step({ kind: 'streamAccepted', stream });
  say({ kind: 'hello', epoch: epoch(9), ...who, ...cluster, hasMessages: true, delayMs: 0, wallClock: undefined });
  say({ kind: 'lead', epoch: epoch(9), ...cluster });
  const [cut] = writesOf(replica);
  assert.ok(cut?.kind === 'cut' && cut.point.number === 0);
  replica.step({ kind: 'leadershipOffered' });
  assert.deepEqual([untilWrite(replica), replica.isLeading], [[], false]);
  replica.step({ kind: 'logCut', cutId: cut.cutId, point: logStart, lastTimestamp: timestampMs(0), lastAge: logAge(0) });
  const [work] = untilWrite(replica);
  assert.ok(work?.kind === 'write' && work.draft.isMarker && replica.status().clusterId !== null);
});

test('a new cluster can be forced on a leader that the coordinator no longer names', () => {
  const replica = loneReplica();
  replica.step({ kind: 'leadershipOffered' });
  untilWrite(replica);
  replica.step({ kind: 'leadershipWithdrawn' });
  replica.step({ kind: 'newClusterForced', requestId: requestId(9) });
  const ready = replica.takeReady();
  assert.deepEqual(
    ready?.replies.map(({ kind }) => kind),
    ['clusterForced'],
  );
  if (ready?.save !== undefined) replica.step({ kind: 'stateSaved', version: ready.save.version });
  replica.step({ kind: 'flushed', end: batchNumber(1) });
  assert.deepEqual([replica.isLeading, replica.promisedEpoch], [true, 2]);
});

test('a node that moved to another address during a campaign and promised at both counts once', () => {
  const cluster = clusterId('c');
  const ids = ['m', 's1', 's2'].map((id) => nodeId(id));
  const members = ids.map((id) => ({ id, storageId: storageId(id), url: `http://${id}:1`, since: batchNumber(0) }));
  const outline = new LogOutline(testIdempotency);
  const place = { epoch: epoch(1), number: batchNumber(0) };
  const empty = { baseOffset: offset(0), entryCount: 0, timestamp: timestampMs(1), age: logAge(0), committedEnd: offset(0), keys: [] };
  outline.append({ ...place, ...empty, isMarker: true, memberList: { members, removed: [], founder: nodeId('m') } });
  outline.flushed(batchNumber(1));
  // Its storage is not the one that the list names, so it does not count itself.
  const state = { clusterId: cluster, storageId: storageId('another'), promisedEpoch: epoch(1), promisedTo: null, forgot: null };
  const replica = new Replica(replicaOptions({ id: nodeId('m'), url: 'http://m:1' }), { outline, state });
  const promiseAt = (url: string, number: number): void => {
    replica.step({ kind: 'registered', requestId: requestId(number), url, id: undefined, isByHand: false });
    replica.step({ kind: 'ticked', now: instantMs(number * 100), wallClock: timestampMs(1) });
    writesOf(replica);
    const stream = streamId(number);
    replica.step({ kind: 'dialed', url, stream });
    const say = (message: PeerMessage): void => replica.step({ kind: 'messageReceived', stream, message });
    const who = { id: nodeId('s2'), storageId: storageId('s2'), incarnation: incarnation(`s2#${number}`), url };
    say({
      kind: 'hello',
      epoch: epoch(1),
      clusterId: cluster,
      ...who,
      hasMessages: false,
      memberIds: ids,
      delayMs: 0,
      wallClock: undefined,
    });
    say({ kind: 'promise', epoch: epoch(2), tip: place, clusterId: cluster });
  };
  replica.step({ kind: 'leadershipOffered' });
  promiseAt('http://s2:1', 1);
  replica.step({ kind: 'streamLost', stream: streamId(1) });
  promiseAt('http://s2:2', 2);
  assert.deepEqual([replica.status().role, replica.promisedEpoch], ['candidate', 2]);
});

/** A node that leads a cluster of itself, with everything flushed. */
function loneLeader(changes: Partial<ReplicaOptions>): Replica {
  const replica = loneReplica(changes);
  replica.step({ kind: 'leadershipOffered' });
  flushAll(replica, untilWrite(replica));
  const now = 60_000;
  replica.step({ kind: 'ticked', now: instantMs(now), wallClock: timestampMs(now) });
  flushAll(replica, writesOf(replica));
  return replica;
}

function flushAll(replica: Replica, work: Ready['logWork']): void {
  for (const each of work) {
    assert.ok(each.kind === 'write');
    const end = batchNumber(each.draft.number + 1);
    replica.step({ kind: 'written', end });
    replica.step({ kind: 'flushed', end });
  }
}

test('a hundred appends may wait for more nodes than there are members, and take next to no memory', () => {
  const replica = loneLeader({ pendingAppendsMax: 1000, batchBytesMax: 1024 * 1024 });
  const refused: string[] = [];
  const answered: number[] = [];
  const settle = (): void => {
    for (let ready = replica.takeReady(); ready !== undefined; ready = replica.takeReady()) {
      flushAll(replica, ready.logWork);
      for (const reply of ready.replies) {
        if (reply.kind === 'failed') refused.push(`${reply.requestId} ${reply.code}`);
        else answered.push(reply.requestId);
      }
    }
  };
  const append = (id: number, w: number): void => {
    const concern = { w, timeoutMs: 600_000 };
    replica.step({ kind: 'appendRequested', requestId: requestId(id), entryCount: 1, byteCount: 10_000, concern, key: undefined });
  };
  for (let id = 1; id <= 90; id += 1) {
    append(id, id + 1);
    settle();
  }
  // These come together, so one batch holds them all.
  for (let id = 91; id <= 102; id += 1) append(id, 9);
  settle();
  assert.deepEqual(refused, ['101 overloaded', '102 overloaded']);
  assert.equal(replica.waitingAppends, 100);
  assert.ok(replica.waitingBytes < 100_000, `${replica.waitingBytes} bytes`);
  append(103, 1);
  settle();
  assert.deepEqual(answered, [103]);
  replica.step({ kind: 'appendAbandoned', requestId: requestId(7) });
  append(104, 3);
  settle();
  assert.deepEqual([refused.length, replica.waitingAppends], [2, 100]);
});

/** A node that has followed n in epoch 9 since instant 0. */
function followingReplica(): Replica {
  const replica = loneReplica();
  const stream = streamId(1);
  const leads = { epoch: epoch(9), clusterId: clusterId('c') };
  const who = { id: nodeId('n'), storageId: storageId('n'), incarnation: incarnation('n#1'), url: 'http://n:1' };
  replica.step({ kind: 'streamAccepted', stream });
  const hello = { kind: 'hello', ...leads, ...who, hasMessages: false, memberIds: [], delayMs: 0, wallClock: undefined } as const;
  for (const message of [hello, { kind: 'lead', ...leads, memberIds: [] } as const]) {
    replica.step({ kind: 'messageReceived', stream, message });
  }
  writesOf(replica);
  return replica;
}

/** Lets time pass in ticks. @returns whether the leader is still heard, and how many streams were closed */
function passTime(replica: Replica, fromMs: number, toMs: number): { readonly isHeard: boolean; readonly closed: number } {
  let closed = 0;
  for (let now = fromMs; now <= toMs; now += 20) {
    replica.step({ kind: 'ticked', now: instantMs(now), wallClock: timestampMs(now) });
    closed += replica.takeReady()?.closes.length ?? 0;
  }
  return { isHeard: replica.leader !== undefined, closed };
}

test('a leader whose large batch takes long to arrive counts as heard all the time', () => {
  const replica = followingReplica();
  for (let now = 0; now < 10_000; now += 2000) {
    assert.deepEqual(passTime(replica, now, now + 1980), { isHeard: true, closed: 0 });
    replica.step({ kind: 'bytesReceived', stream: streamId(1) });
  }
  assert.deepEqual(passTime(replica, 10_000, 12_800), { isHeard: true, closed: 0 });
  assert.deepEqual(passTime(replica, 12_820, 17_000), { isHeard: false, closed: 1 });
});

test('a process that was suspended reads what has arrived before it closes silent streams', () => {
  const replica = followingReplica();
  passTime(replica, 0, 1000);
  assert.equal(passTime(replica, 60_000, 60_100).closed, 0);
  replica.step({ kind: 'bytesReceived', stream: streamId(1) });
  assert.deepEqual(passTime(replica, 60_120, 62_000), { isHeard: true, closed: 0 });
  assert.equal(passTime(replica, 120_000, 120_500).closed, 1, 'nothing had arrived');
});
