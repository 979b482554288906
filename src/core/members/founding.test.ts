import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canFound, canLeadWithLittleMemory, foundingList, rebuiltList } from './founding.ts';
import type { Answering } from './founding.ts';
import type { Member, MemberList } from '../model/members.ts';
import { batchNumber, nodeId, storageId } from '../model/numbers.ts';

function answering(id: string, storage = `${id}-storage`): Answering {
  return { id: nodeId(id), storageId: storageId(storage), url: `http://${id}:1`, otherUrls: [] };
}

const master = answering('m');
const since = batchNumber(0);
const secondaries = ['http://a:1', 'http://b:1'];

test('a majority of the master and its named secondaries founds; a master that names nobody founds alone', () => {
  assert.equal(canFound({ secondaries, answering: [master] }), false);
  assert.equal(canFound({ secondaries, answering: [master, answering('b')] }), true);
  assert.equal(canFound({ secondaries, answering: [master, answering('stranger')] }), false);
  assert.equal(canFound({ secondaries: [], answering: [master] }), true);
});

test('those that did not answer are unclaimed members, by their address', () => {
  const list = foundingList({ founder: master.id, secondaries, answering: [master, answering('b')], since });
  assert.deepEqual(
    list.members.map(({ id, storageId: storage }) => [id, storage]),
    [
      ['m', 'm-storage'],
      ['a:1', null],
      ['b', 'b-storage'],
    ],
  );
});

test('two addresses of one name make one member and one unclaimed', () => {
  const twice = { ...answering('b'), url: 'http://a:1' };
  const list = foundingList({ founder: master.id, secondaries, answering: [master, twice, answering('b')], since });
  assert.deepEqual(
    list.members.map((member) => member.id),
    ['m', 'b', 'b:1'],
  );
});

test('with too little memory every name must answer, and the memory that is there must be no majority', () => {
  const list: MemberList = foundingList({ founder: master.id, secondaries, answering: [master, answering('a'), answering('b')], since });
  const blank = (id: string): Answering => answering(id, `${id}-new`);
  assert.equal(canLeadWithLittleMemory(list, [blank('m'), answering('a'), blank('b')]), true);
  assert.equal(canLeadWithLittleMemory(list, [blank('m'), answering('a')]), false, 'b may still remember');
  assert.equal(canLeadWithLittleMemory(list, [blank('m'), answering('a'), answering('b')]), false, 'those two are a majority');
  const rebuilt = rebuiltList(list, [blank('m'), answering('a'), blank('b')], batchNumber(7));
  assert.deepEqual(
    rebuilt.members.map(({ id, storageId: storage, since: from }) => [id, storage, from]),
    [
      ['m', 'm-new', 7],
      ['a', 'a-storage', 0],
      ['b', 'b-new', 7],
    ],
  );
});

test('a member that is also found at an address which nobody claimed is named once in the rebuilt list', () => {
  const founded = foundingList({ founder: master.id, secondaries, answering: [master, answering('a')], since });
  const registered: Member = { id: nodeId('b'), storageId: storageId('b-storage'), url: 'http://b.too:1', since: batchNumber(3) };
  const list = { ...founded, members: [...founded.members, registered] };
  for (const b of [answering('b'), { ...answering('b'), url: 'http://b.too:1', otherUrls: ['http://b:1'] }]) {
    const all = [answering('m', 'm-new'), answering('a'), b];
    assert.equal(canLeadWithLittleMemory(list, all), true);
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
