import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerOfMember } from './peer-of-member.ts';
import { batchNumber, nodeId, storageId } from '../model/numbers.ts';
import type { StorageId } from '../model/numbers.ts';

const own = storageId('own');
const other = storageId('other');
const url = 'http://b:1';
const member = { id: nodeId('b'), storageId: own, url, since: batchNumber(0) };
const away = (lastStorageId: StorageId | undefined) => ({ url, hello: undefined, lastStorageId });

test('a member that is away is known by its address, whether it was heard before or not', () => {
  const [heard, unheard] = [away(own), away(undefined)];
  assert.equal(peerOfMember([heard], member), heard);
  assert.equal(peerOfMember([unheard], member), unheard);
});

test('a node that came back there without its disk, and went again, says nothing of the member', () => {
  assert.equal(peerOfMember([away(other)], member), undefined);
});
