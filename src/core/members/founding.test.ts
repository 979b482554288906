import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canFound, canRecoverWithoutQuorum, foundingList, rebuiltList } from './founding.ts';
import type { Promiser } from './founding.ts';
import type { Member, MemberList } from '../model/members.ts';
import { batchNumber, nodeId, storageId } from '../model/numbers.ts';

function promiser(id: string, storage = `${id}-storage`): Promiser {
  return { id: nodeId(id), storageId: storageId(storage), url: `http://${id}:1`, otherUrls: [] };
}

const master = promiser('m');
const since = batchNumber(0);
const secondaries = ['http://a:1', 'http://b:1'];

test('a majority of the master and its named secondaries founds a cluster; a master that names no secondary founds one alone', () => {
  assert.equal(canFound({ secondaries, promisers: [master] }), false);
  assert.equal(canFound({ secondaries, promisers: [master, promiser('b')] }), true);
  assert.equal(canFound({ secondaries, promisers: [master, promiser('stranger')] }), false);
  assert.equal(canFound({ secondaries: [], promisers: [master] }), true);
});

test('secondaries that did not answer are unclaimed members, named by their address', () => {
  const list = foundingList({ founder: master.id, secondaries, promisers: [master, promiser('b')], since });
  assert.deepEqual(
    list.members.map(({ id, storageId: storage }) => [id, storage]),
    [
      ['m', 'm-storage'],
      ['a:1', null],
      ['b', 'b-storage'],
    ],
  );
});

test('two addresses of one node make one member and one unclaimed', () => {
  const twice = { ...promiser('b'), url: 'http://a:1' };
  const list = foundingList({ founder: master.id, secondaries, promisers: [master, twice, promiser('b')], since });
  assert.deepEqual(
    list.members.map((member) => member.id),
    ['m', 'b', 'b:1'],
  );
});

test('without a majority that has the log, every member must answer', () => {
  const list: MemberList = foundingList({ founder: master.id, secondaries, promisers: [master, promiser('a'), promiser('b')], since });
  const blank = (id: string): Promiser => promiser(id, `${id}-new`);
  assert.equal(canRecoverWithoutQuorum(list, [blank('m'), promiser('a'), blank('b')]), true);
  assert.equal(canRecoverWithoutQuorum(list, [blank('m'), promiser('a')]), false, 'b may still have its log');
  assert.equal(canRecoverWithoutQuorum(list, [blank('m'), promiser('a'), promiser('b')]), false, 'those two are a majority');
  const rebuilt = rebuiltList(list, [blank('m'), promiser('a'), blank('b')], batchNumber(7));
  assert.deepEqual(
    rebuilt.members.map(({ id, storageId: storage, since: from }) => [id, storage, from]),
    [
      ['m', 'm-new', 7],
      ['a', 'a-storage', 0],
      ['b', 'b-new', 7],
    ],
  );
});

test('a member that is also found at an unclaimed address is in the rebuilt list only once', () => {
  const founded = foundingList({ founder: master.id, secondaries, promisers: [master, promiser('a')], since });
  const registered: Member = { id: nodeId('b'), storageId: storageId('b-storage'), url: 'http://b.too:1', since: batchNumber(3) };
  const list = { ...founded, members: [...founded.members, registered] };
  for (const b of [promiser('b'), { ...promiser('b'), url: 'http://b.too:1', otherUrls: ['http://b:1'] }]) {
    const all = [promiser('m', 'm-new'), promiser('a'), b];
    assert.equal(canRecoverWithoutQuorum(list, all), true);
    const { members } = rebuiltList(list, all, batchNumber(7));
    assert.deepEqual(
      members.map(({ id, storageId: storage }) => [id, storage]),
      [
        ['m', 'm-new'],
        ['a', 'a-storage'],
        ['b', 'b-storage'],
      ],
    );
  }
});
