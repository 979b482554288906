import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextListChange, standsForMember } from './list-change.ts';
import type { Applicant, Situation } from './list-change.ts';
import type { Member, MemberList } from '../model/members.ts';
import { batchNumber, nodeId, storageId } from '../model/numbers.ts';

function member(id: string, storage: string | null = `${id}-storage`): Member {
  return { id: nodeId(id), storageId: storage === null ? null : storageId(storage), url: `http://${id}:1`, since: batchNumber(0) };
}

function reached(id: string, changes: Partial<Applicant> = {}): Applicant {
  return {
    id: nodeId(id),
    storageId: storageId(`${id}-storage`),
    url: `http://${id}:1`,
    otherUrls: [],
    isCaughtUp: true,
    isByHand: false,
    isWanted: true,
    ...changes,
  };
}

function situation(
  members: readonly Member[],
  changes: Partial<Omit<Situation, 'list'>> & { readonly removed?: readonly string[] } = {},
): Situation {
  const list: MemberList = { members, removed: (changes.removed ?? []).map(nodeId), founder: nodeId('m') };
  const { removed: _, ...rest } = changes;
  return {
    list,
    since: batchNumber(9),
    self: { id: nodeId('m'), storageId: storageId('m-storage'), url: 'http://m:1', otherUrls: [] },
    removals: [],
    reached: [],
    ...rest,
  };
}

function ids(list: MemberList | undefined): string[] {
  return (list?.members ?? []).map((each) => `${each.id}/${each.storageId ?? '?'}`);
}

test('when all members are in place there is nothing to change', () => {
  assert.equal(nextListChange(situation([member('m'), member('a')], { reached: [reached('a')] })), undefined);
});

test('a new node becomes a member once it has caught up, and not before', () => {
  assert.equal(nextListChange(situation([member('m')], { reached: [reached('a', { isCaughtUp: false })] })), undefined);
  const change = nextListChange(situation([member('m')], { reached: [reached('a')] }));
  assert.equal(change?.what, 'added');
  assert.deepEqual(ids(change.list), ['m/m-storage', 'a/a-storage']);
  assert.equal(change.list.members[1]?.since, 9);
});

test('a node that comes back with another storage is swapped in two changes, the old one out first', () => {
  const back = reached('a', { storageId: storageId('new') });
  const first = nextListChange(situation([member('m'), member('a'), member('b')], { reached: [back] }));
  assert.equal(first?.what, 'storage-out');
  assert.deepEqual(ids(first.list), ['m/m-storage', 'b/b-storage']);
  const second = nextListChange({ ...situation([]), list: first.list, reached: [back] });
  assert.equal(second?.what, 'added');
  assert.deepEqual(ids(second.list), ['m/m-storage', 'b/b-storage', 'a/new']);
});

test('with three members the swap waits until the blank one has caught up; with two it comes at once', () => {
  const blank = reached('a', { storageId: storageId('new'), isCaughtUp: false });
  assert.equal(nextListChange(situation([member('m'), member('a'), member('b')], { reached: [blank] })), undefined);
  assert.equal(nextListChange(situation([member('m'), member('a')], { reached: [blank] }))?.what, 'storage-out');
});

test('a leader that lost its storage is swapped like any other node', () => {
  const self = { id: nodeId('m'), storageId: storageId('new'), url: 'http://m:1', otherUrls: [] };
  const out = nextListChange(situation([member('m'), member('a'), member('b')], { self }));
  assert.equal(out?.what, 'storage-out');
  assert.deepEqual(ids(out.list), ['a/a-storage', 'b/b-storage']);
  const back = nextListChange({ ...situation([], { self }), list: out.list });
  assert.deepEqual(ids(back?.list), ['a/a-storage', 'b/b-storage', 'm/new']);
});

test('the first node reached at the address of an unclaimed member claims it in one change', () => {
  const unclaimed = { ...member('a:1', null), url: 'http://a:1' };
  const change = nextListChange(situation([member('m'), unclaimed], { reached: [reached('a', { isCaughtUp: false })] }));
  assert.equal(change?.what, 'claimed');
  assert.deepEqual(ids(change.list), ['m/m-storage', 'a/a-storage']);
  assert.equal(change.list.members[1]?.since, 0, 'it has counted since the founding');
});

test('a leader claims an unclaimed member at its own address, instead of being a member twice', () => {
  const unclaimed = { ...member('m:1', null), url: 'http://m:1' };
  const change = nextListChange(situation([unclaimed, member('a')], {}));
  assert.equal(change?.what, 'claimed');
  assert.deepEqual(ids(change.list), ['m/m-storage', 'a/a-storage']);
});

test('a node that registered with another address before it was reached at the configured one is one member, not two', () => {
  const unclaimed = { ...member('127.0.0.1:1', null), url: 'http://127.0.0.1:1' };
  const registered = { ...member('a'), url: 'http://localhost:1' };
  const change = nextListChange(
    situation([member('m'), unclaimed, registered], { reached: [reached('a', { url: 'http://127.0.0.1:1' })] }),
  );
  assert.equal(change?.what, 'claimed');
  assert.deepEqual(ids(change.list), ['m/m-storage', 'a/a-storage']);
  assert.equal(change.list.members[1]?.url, 'http://127.0.0.1:1');
});

test('it is also one member if it is reached at its own address, and the configured one is known to lead to it', () => {
  const unclaimed = { ...member('127.0.0.1:1', null), url: 'http://127.0.0.1:1' };
  const own = { url: 'http://localhost:1', otherUrls: ['http://127.0.0.1:1'] };
  const change = nextListChange(situation([member('m'), unclaimed, { ...member('a'), url: own.url }], { reached: [reached('a', own)] }));
  assert.deepEqual(ids(change?.list), ['m/m-storage', 'a/a-storage']);
  const self = { id: nodeId('m'), storageId: storageId('m-storage'), url: 'http://m:1', otherUrls: ['http://127.0.0.1:1'] };
  const ofLeader = nextListChange(situation([unclaimed, member('m'), member('a')], { self, reached: [reached('a')] }));
  assert.deepEqual(ids(ofLeader?.list), ['m/m-storage', 'a/a-storage']);
  const claim = nextListChange(situation([member('m'), unclaimed], { reached: [reached('a', own)] }));
  assert.deepEqual([claim?.what, ids(claim?.list)], ['claimed', ['m/m-storage', 'a/a-storage']]);
});

test('a removal is remembered until the node is registered by hand', () => {
  const change = nextListChange(situation([member('m'), member('a')], { removals: [nodeId('a')] }));
  assert.equal(change?.what, 'removed');
  assert.deepEqual(change.list.removed, ['a']);
  assert.equal(nextListChange(situation([member('m')], { removed: ['a'], reached: [reached('a')] })), undefined);
  const back = nextListChange(situation([member('m')], { removed: ['a'], reached: [reached('a', { isByHand: true })] }));
  assert.equal(back?.what, 'added');
  assert.deepEqual(back.list.removed, []);
});

test('a node that nobody wants is not added, nor one beyond the limit; a member that moves or is claimed needs no consent', () => {
  const stranger = reached('x', { isWanted: false });
  assert.equal(nextListChange(situation([member('m')], { reached: [stranger] })), undefined);
  assert.equal(nextListChange(situation([member('m')], { reached: [stranger, reached('b')] }))?.id, 'b');
  assert.equal(nextListChange(situation([member('m'), member('a')], { reached: [reached('b')], membersMax: 2 })), undefined);
  const moved = nextListChange(
    situation([member('m'), member('a')], { reached: [reached('a', { isWanted: false, url: 'http://a:2' })], membersMax: 2 }),
  );
  assert.equal(moved?.what, 'moved');
});

test('a node stands for the member of its name, whatever its storage, and for an unclaimed one at one of its addresses', () => {
  const { list } = situation([member('m'), member('a'), member('b:1', null)]);
  const b = { id: nodeId('b'), otherUrls: [] };
  assert.ok(standsForMember(list, reached('a')));
  assert.ok(standsForMember(list, reached('a', { storageId: storageId('new') })), 'it lost its storage');
  assert.ok(standsForMember(list, { ...b, url: 'http://b:1:1' }));
  assert.ok(standsForMember(list, { ...b, url: 'http://elsewhere:1', otherUrls: ['http://b:1:1'] }));
  assert.ok(!standsForMember(list, { ...b, url: 'http://elsewhere:1' }), 'nobody waits for it');
});
