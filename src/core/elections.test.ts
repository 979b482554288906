/** Tests of a whole node that elects. The decisions of each part are tested beside it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hello } from './model/messages.ts';
import { epoch, offset, requestId, streamId } from './model/numbers.ts';
import { Elector } from './scripts/elector.test-support.ts';

const five = ['n0', 'n1', 'n2', 'n3', 'n4'];
const three = five.slice(0, 3);

function append(node: Elector): void {
  const concern = { w: 'majority' as const, timeoutMs: 1000 };
  node.step({ kind: 'appendRequested', requestId: requestId(1), entryCount: 1, byteCount: 1, concern, key: undefined });
}

test('a node that hears from no leader holds a poll, and leads once a majority has promised', () => {
  const node = new Elector(three);
  node.letPass(1400, () => node.agree());
  assert.equal(node.role, 'follower');
  node.letPass(400, () => node.agree());
  assert.equal(node.role, 'leader');
  assert.deepEqual([node.count('poll.started'), node.count('campaign.started')], [1, 1]);
});

test('a leader tolerates no failure before the first batch of its epoch is committed, even if all members are well', () => {
  const node = new Elector(three);
  node.letPass(3000, () => node.agree());
  const { role, isConfirmed, tolerates, waitingFor } = node.replica.status();
  assert.deepEqual({ role, isConfirmed, tolerates, waitingFor }, { role: 'leader', isConfirmed: false, tolerates: 0, waitingFor: [] });
});

test('a node that reaches no other holds one poll after another, and its epoch does not grow', () => {
  const node = new Elector(three);
  node.letPass(60_000);
  assert.ok(node.count('poll.started') > 20);
  assert.equal(node.count('poll.failed'), 1, 'logged once');
  assert.equal(node.replica.promisedEpoch, 1);
});

test('a leader whose disk hangs while its heartbeats continue lets another node lead', () => {
  const node = new Elector(three);
  node.letPass(3000, () => node.agree());
  node.doesDiskAnswer = false;
  append(node);
  node.letPass(2800, () => node.agree());
  assert.equal(node.role, 'leader');
  node.letPass(400, () => node.agree());
  assert.equal(node.role, 'follower');
  assert.equal(node.events.find(({ event }) => event === 'epoch.resigned')?.facts['why'], 'its disk does not answer');
});

test('nodes that keep the log in memory continue with the log that one of them still has, once all are there', () => {
  const node = new Elector(three, { mayRecoverWithoutQuorum: true });
  node.letPass(10_000, () => node.agree((name) => `${name}, blank`));
  assert.equal(node.role, 'leader');
  assert.equal(node.count('recovery.with-little-memory'), 1);
  const careful = new Elector(three, { mayRecoverWithoutQuorum: false });
  careful.letPass(10_000, () => careful.agree((name) => `${name}, blank`));
  assert.equal(careful.role, 'follower');
});

test('a node that answered a poll and then refused this node is not given the turn', () => {
  const node = new Elector(five);
  node.letPass(1600);
  const [n1, n2] = [node.reached('n1'), node.reached('n2')];
  node.answerPoll(n1, 1, { tip: { epoch: epoch(9), number: 5 as never } });
  node.say(n1, { kind: 'refuse', epoch: epoch(1), reason: 'diverged', leader: null, clusterId: 'c' as never });
  node.answerPoll(n2, 1);
  assert.deepEqual([node.role, node.count('poll.deferred')], ['follower', 0]);
  // Its earlier answer no longer counts, but the others are enough.
  node.answerPoll(node.reached('n3'), 1);
  assert.deepEqual([node.role, node.count('campaign.started')], ['candidate', 1]);
});

test('a node that still heard from the leader is asked again while the poll lasts', () => {
  const node = new Elector(three);
  node.letPass(1600);
  const n1 = node.reached('n1');
  node.answerPoll(n1, 1, { refusal: 'hears-leader' });
  assert.deepEqual(node.takeSent(n1), ['hello', 'poll']);
  node.letPass(200);
  assert.ok(node.takeSent(n1).includes('poll'), 'it noticed the end of its stream a moment later');
  node.answerPoll(n1, 1);
  assert.deepEqual([node.role, node.count('poll.failed'), node.count('campaign.started')], ['candidate', 0, 1]);
});

test('a poll is over once this node follows a leader, whatever is answered later', () => {
  const node = new Elector(three);
  node.letPass(1600);
  const n2 = node.reached('n2');
  node.step({ kind: 'streamAccepted', stream: streamId(90) });
  node.say(90, { kind: 'hello', epoch: epoch(2), ...leaderHello });
  node.say(90, { kind: 'requestPromise', epoch: epoch(2) });
  node.say(90, { kind: 'lead', epoch: epoch(2), clusterId: 'c' as never, memberIds: [] });
  node.answerPoll(n2, 1);
  node.letPass(100);
  assert.deepEqual([node.role, node.replica.leader?.id, node.count('campaign.started')], ['follower', 'n1', 0]);
});

/** n1 comes to lead epoch 2. */
function followN1(node: Elector): void {
  node.step({ kind: 'streamAccepted', stream: streamId(90) });
  node.say(90, { kind: 'hello', epoch: epoch(2), ...leaderHello });
  node.say(90, { kind: 'lead', epoch: epoch(2), clusterId: 'c' as never, memberIds: [] });
}

function heartbeat(node: Elector): void {
  node.say(90, { kind: 'heartbeat', epoch: epoch(2), sequence: 1, committedEnd: offset(0) });
}

/** Of the nodes that it dials, only these answer. */
function greetOnly(node: Elector, ...names: readonly string[]): void {
  for (const name of node.takeDialed()) if (names.includes(name)) node.reached(name);
}

test('a follower checks which members it would reach without its leader, logs the missing ones, and is then not electable', () => {
  const node = new Elector(three);
  followN1(node);
  node.letPass(8000, () => {
    heartbeat(node);
    greetOnly(node, 'n1');
  });
  const missing = { event: 'election.unreachable', level: 'warn', facts: { missing: ['n2'] } };
  assert.deepEqual(
    node.events.filter(({ event }) => event === missing.event),
    [missing],
  );
  assert.deepEqual([node.replica.status().isElectable, node.replica.status().election?.unreachable], [false, ['n2']]);
  assert.deepEqual(node.replica.status().notElectable, ['unreachable-members']);
  assert.equal(node.count('poll.started'), 0);

  node.letPass(40_000, () => {
    heartbeat(node);
    greetOnly(node, 'n1', 'n2');
  });
  assert.deepEqual([node.count('election.unreachable'), node.count('election.reachable')], [1, 1]);
  assert.deepEqual([node.replica.status().isElectable, node.replica.status().election?.unreachable], [true, []]);
  assert.equal(node.role, 'follower');
});

test('a follower whose leader dies during such a check holds a poll as usual', () => {
  const node = new Elector(three);
  followN1(node);
  for (let passed = 0; passed < 6000 && node.takeDialed().length === 0; passed += 20) {
    node.letPass(20);
    heartbeat(node);
  }
  node.letPass(4000, () => node.agree());
  assert.equal(node.role, 'leader');
});

test('a node with a different coordinator is logged once, until it has the same one', () => {
  const node = new Elector(three);
  const meet = (features: readonly string[]): void => {
    const before = node.count('poll.started');
    while (node.count('poll.started') === before) node.letPass(20);
    node.letPass(20);
    node.reached('n1', { features });
    node.letPass(600);
  };
  for (const features of [['hand-over'], ['hand-over'], ['elections'], ['hand-over']]) meet(features);
  const [first, ...others] = node.events.filter(({ event }) => event === 'coordinator.mixed');
  assert.deepEqual(first?.facts, { peer: 'n1', elects: false, thisNodeElects: true });
  assert.equal(others.length, 1);
});

test('when too few members have answered for 3 s, the missing ones are known, until a node leads', () => {
  const node = new Elector(three);
  node.letPass(2900);
  assert.equal(node.replica.missingForMajority, undefined);
  node.letPass(2000);
  assert.deepEqual(node.replica.missingForMajority, ['n1', 'n2']);
  const { refusal, waitingFor } = node.replica.status();
  assert.deepEqual([refusal, waitingFor], ['no-quorum', ['n1', 'n2']]);
  followN1(node);
  node.letPass(20);
  assert.equal(node.replica.missingForMajority, undefined);
});

test('when enough members answer, even with a refusal, none counts as missing', () => {
  const node = new Elector(three);
  for (let round = 1; round <= 6; round += 1) {
    const before = node.count('poll.started');
    while (node.count('poll.started') === before) node.letPass(20);
    node.letPass(20);
    const n1 = node.reached('n1');
    node.answerPoll(n1, before + 1, { refusal: 'hears-leader' });
    node.letPass(600);
  }
  assert.equal(node.replica.missingForMajority, undefined);
  assert.equal(node.replica.status().refusal, 'no-leader');
});

const leaderHello = {
  id: 'n1' as never,
  storageId: 'n1' as never,
  incarnation: 'n1#1' as never,
  url: 'http://n1:1',
  clusterId: 'c' as never,
  hasMessages: false,
  memberIds: [],
  delayMs: 0,
  wallClock: undefined,
};

/** n1 holds a poll: it asks this node from another address than the list has for it. */
function askFromElsewhere(node: Elector, changes: Partial<Hello> = {}): void {
  node.step({ kind: 'streamAccepted', stream: streamId(91) });
  node.say(91, { kind: 'hello', epoch: epoch(1), ...leaderHello, url: 'http://elsewhere:1', ...changes });
  node.say(91, { kind: 'poll', epoch: epoch(1), round: 1, tip: { epoch: epoch(1), number: 0 as never }, priority: 1 });
}

test('a member that moved while no node leads is asked at the address from which it asked', () => {
  const node = new Elector(three);
  node.letPass(1000);
  askFromElsewhere(node);
  assert.deepEqual(node.takeDialed(), [], 'its own poll comes later');
  node.letPass(800);
  assert.deepEqual(node.takeDialed().toSorted(), ['elsewhere', 'n1', 'n2']);
  node.letPass(200);
  askFromElsewhere(node, { url: 'http://further:1', incarnation: 'n1#2' as never });
  node.letPass(20);
  assert.ok(node.takeDialed().includes('further'), 'also while its poll lasts');
});

test('what asks from elsewhere and is no member by its storage is not dialed', () => {
  const node = new Elector(three);
  node.letPass(1000);
  askFromElsewhere(node, { storageId: 'of nobody' as never });
  node.letPass(800);
  assert.deepEqual(node.takeDialed().toSorted(), ['n1', 'n2']);
});

test('a member that moved counts at its new address', () => {
  const node = new Elector(three);
  node.letPass(1000);
  askFromElsewhere(node);
  node.letPass(800);
  assert.ok(node.takeDialed().includes('elsewhere'));
  node.answerPoll(node.reached('n1', { url: 'http://elsewhere:1' }, 'elsewhere'), 1);
  assert.deepEqual([node.role, node.count('campaign.started')], ['candidate', 1]);
});
