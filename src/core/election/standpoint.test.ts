import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNumber, epoch, nodeId } from '../model/numbers.ts';
import { refusalOfPoll } from './standpoint.ts';
import type { Standpoint } from './standpoint.ts';

const tip = (inEpoch: number, number: number): Standpoint['tip'] => ({ epoch: epoch(inEpoch), number: batchNumber(number) });
const asker = { id: nodeId('b'), tip: tip(3, 10), priority: 1 };

function own(changes: Partial<Standpoint> = {}): Standpoint {
  return {
    id: nodeId('a'),
    tip: tip(3, 10),
    priority: 1,
    isLeading: false,
    leader: undefined,
    isJustStarted: false,
    campaigner: undefined,
    isPolling: false,
    memberIds: [nodeId('a'), nodeId('b'), nodeId('c')],
    ...changes,
  };
}

test('a node that hears from no leader supports any node that asks, even one whose log is behind', () => {
  assert.equal(refusalOfPoll(own(), asker), null);
  assert.equal(refusalOfPoll(own(), { ...asker, tip: tip(2, 99) }), null);
});

test('a node that leads or hears from a leader supports no other', () => {
  assert.equal(refusalOfPoll(own({ isLeading: true }), asker), 'leads');
  assert.equal(refusalOfPoll(own({ leader: nodeId('c') }), asker), 'hears-leader');
});

test('a follower supports its own leader when that one asks', () => {
  assert.equal(refusalOfPoll(own({ leader: nodeId('b') }), asker), null);
  assert.equal(refusalOfPoll(own({ leader: nodeId('b'), isJustStarted: true }), asker), null);
});

test('a node that just started supports no other: it may yet hear from a leader', () => {
  assert.equal(refusalOfPoll(own({ isJustStarted: true }), asker), 'just-started');
});

test('a node supports no other while a node campaigns with its promise', () => {
  assert.equal(refusalOfPoll(own({ campaigner: nodeId('c') }), asker), 'campaign');
  assert.equal(refusalOfPoll(own({ campaigner: nodeId('a') }), asker), 'campaign');
  assert.equal(refusalOfPoll(own({ campaigner: nodeId('b') }), asker), null);
});

test('a node that the list does not name is refused only if its log is behind: otherwise it may have a later list', () => {
  const memberIds = [nodeId('a'), nodeId('c')];
  assert.equal(refusalOfPoll(own({ memberIds }), { ...asker, tip: tip(3, 9) }), 'not-a-member');
  assert.equal(refusalOfPoll(own({ memberIds }), asker), null);
  assert.equal(refusalOfPoll(own({ memberIds: undefined }), { ...asker, tip: tip(1, 0) }), null);
});

test('of two nodes that hold a poll at the same time, exactly one supports the other', () => {
  const candidates = [
    { id: nodeId('a'), tip: tip(3, 10), priority: 1 },
    { id: nodeId('b'), tip: tip(3, 10), priority: 1 },
    { id: nodeId('c'), tip: tip(3, 10), priority: 2 },
    { id: nodeId('d'), tip: tip(3, 11), priority: 0 },
    { id: nodeId('e'), tip: tip(4, 1), priority: 0 },
  ];
  const memberIds = candidates.map(({ id }) => id);
  for (const one of candidates) {
    for (const other of candidates) {
      if (one === other) continue;
      const answers = [
        refusalOfPoll(own({ ...one, memberIds, isPolling: true }), other),
        refusalOfPoll(own({ ...other, memberIds, isPolling: true }), one),
      ];
      assert.deepEqual(answers.toSorted(), ['stands-before', null].toSorted(), `${one.id} and ${other.id}`);
    }
  }
});
