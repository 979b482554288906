/** A node that elects, as a whole. What each part decides is tested beside it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { epoch, requestId, streamId } from './model/numbers.ts';
import { Elector } from './scripts/elector.test-support.ts';

const five = ['n0', 'n1', 'n2', 'n3', 'n4'];
const three = five.slice(0, 3);

function append(node: Elector): void {
  const concern = { w: 'majority' as const, timeoutMs: 1000 };
  node.step({ kind: 'appendRequested', requestId: requestId(1), entryCount: 1, byteCount: 1, concern, key: undefined });
}

test('a node that hears from nobody holds a poll, and leads once a majority promised', () => {
  const node = new Elector(three);
  node.letPass(1400, () => node.agree());
  assert.equal(node.role, 'follower');
  node.letPass(400, () => node.agree());
  assert.equal(node.role, 'leader');
  assert.deepEqual([node.count('poll.started'), node.count('campaign.started')], [1, 1]);
});

test('a node that reaches nobody holds polls for ever, and its epoch does not grow', () => {
  const node = new Elector(three);
  node.letPass(60_000);
  assert.ok(node.count('poll.started') > 20);
  assert.equal(node.count('poll.failed'), 1, 'said once');
  assert.equal(node.replica.promisedEpoch, 1);
});

test('a leader whose disk does not answer, while heartbeats go on, lets another one lead', () => {
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

test('nodes that keep the log in memory go on with what one of them remembers, once all are there', () => {
  const node = new Elector(three, { mayRecoverWithoutQuorum: true });
  node.letPass(10_000, () => node.agree((name) => `${name}, blank`));
  assert.equal(node.role, 'leader');
  assert.equal(node.count('recovery.with-little-memory'), 1);
  const careful = new Elector(three, { mayRecoverWithoutQuorum: false });
  careful.letPass(10_000, () => careful.agree((name) => `${name}, blank`));
  assert.equal(careful.role, 'follower');
});

test('who answered a poll, and refused this node then, is not given the turn', () => {
  const node = new Elector(five);
  node.letPass(1600);
  const [n1, n2] = [node.reached('n1'), node.reached('n2')];
  node.answerPoll(n1, 1, { tip: { epoch: epoch(9), number: 5 as never } });
  node.say(n1, { kind: 'refuse', epoch: epoch(1), reason: 'diverged', leader: null, clusterId: 'c' as never });
  node.answerPoll(n2, 1);
  assert.deepEqual([node.role, node.count('poll.deferred')], ['follower', 0]);
  // What it said before that does not count any more, so the others are enough.
  node.answerPoll(node.reached('n3'), 1);
  assert.deepEqual([node.role, node.count('campaign.started')], ['candidate', 1]);
});

test('a poll that is answered after this node came to follow somebody is over', () => {
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
