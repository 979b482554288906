import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MemberList } from '../model/members.ts';
import type { PollAnswer } from '../model/messages.ts';
import { batchNumber, epoch, nodeId, storageId } from '../model/numbers.ts';
import { PollRound } from './poll.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const node = (id: string, storage = id) => ({ id: nodeId(id), storageId: storageId(storage), url: `http://${id}`, otherUrls: [] });
const list: MemberList = {
  members: names.map((id) => ({ id: nodeId(id), storageId: storageId(id), url: `http://${id}`, since: batchNumber(0) })),
  removed: [],
  founder: nodeId('a'),
};
const tip = (number: number) => ({ epoch: epoch(2), number: batchNumber(number) });
const own = { ...node('a'), tip: tip(5), priority: 1 };
const rules = { list, mayRecoverWithoutQuorum: false };

function answer(changes: Partial<PollAnswer> = {}): PollAnswer {
  return {
    kind: 'pollAnswer',
    epoch: epoch(2),
    round: 7,
    refusal: null,
    tip: tip(5),
    canLead: true,
    priority: 1,
    leader: null,
    ...changes,
  };
}

test('a poll is won with a majority of the list, including the node that holds it', () => {
  const poll = new PollRound<string>(7);
  poll.count('b', node('b'), answer());
  assert.equal(poll.result(own, rules).kind, 'open');
  poll.count('c', node('c'), answer());
  assert.equal(poll.result(own, rules).kind, 'won');
  poll.lost('c');
  assert.equal(poll.result(own, rules).kind, 'open', 'the answer of a node that went away no longer counts');
});

test('refusals, answers to an earlier poll, and nodes whose storage is not in the list do not count', () => {
  const poll = new PollRound<string>(7);
  poll.count('b', node('b'), answer({ refusal: 'hears-leader' }));
  poll.count('c', node('c'), answer({ round: 6 }));
  poll.count('d', node('d', 'another storage'), answer());
  poll.count('x', node('x'), answer());
  assert.equal(poll.result(own, rules).kind, 'open');
  assert.deepEqual(poll.refusals(), { b: 'hears-leader', d: null, x: null });
});

test('a node whose log is ahead, or as far with a higher priority, should lead instead, if it can', () => {
  const result = (...given: PollAnswer[]) => {
    const poll = new PollRound<string>(7);
    for (const [at, each] of given.entries()) poll.count(names[at + 1] ?? '', node(names[at + 1] ?? ''), each);
    return poll.result(own, rules);
  };
  assert.deepEqual(result(answer(), answer({ tip: tip(6) })), { kind: 'ahead', peer: 'c' });
  assert.deepEqual(result(answer({ priority: 2 }), answer()), { kind: 'ahead', peer: 'b' });
  assert.deepEqual(result(answer({ priority: 2 }), answer({ tip: tip(6), priority: 0 })), { kind: 'ahead', peer: 'c' });
  assert.equal(result(answer({ tip: tip(6), canLead: false }), answer()).kind, 'won');
  assert.equal(result(answer({ priority: 0 }), answer({ tip: tip(4), priority: 9 })).kind, 'won');
});

test('without a majority that has the log, a poll is won only if all members answer and nodes may lose their log', () => {
  const poll = new PollRound<string>(7);
  for (const id of ['b', 'c', 'd']) poll.count(id, node(id, 'blank'), answer());
  const inMemory = { list, mayRecoverWithoutQuorum: true };
  assert.equal(poll.result(own, inMemory).kind, 'open');
  poll.count('e', node('e', 'blank'), answer());
  assert.equal(poll.result(own, rules).kind, 'open');
  assert.equal(poll.result(own, inMemory).kind, 'won');
});
