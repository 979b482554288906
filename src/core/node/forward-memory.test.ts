import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ForwardMemory } from './forward-memory.ts';
import { KnownFeatures } from './known-features.ts';
import { batchNumber, epoch, nodeId } from '../model/numbers.ts';
import type { MemberList } from '../model/members.ts';
import { remembersForwards, takesForwardsTogether } from '../model/features.ts';

const [n0, n1, n2] = [nodeId('n0'), nodeId('n1'), nodeId('n2')];
const url = (id: string): string => `http://${id}:1`;

/** What n0 knows, with the member list and the newest forwarded append in these batches. */
function memory({ listNumber = 3, newestForwarded = -1 } = {}) {
  const members = [n0, n1, n2].map((id) => ({ id, storageId: null, url: url(id), since: batchNumber(0) }));
  const list: MemberList = { members, removed: [], founder: n0 };
  const outline = { list, listNumber: batchNumber(listNumber), newestForwarded: batchNumber(newestForwarded) };
  const features = new KnownFeatures(n0);
  const forwards = new ForwardMemory({ id: n0 }, outline, features);
  return Object.assign(forwards, { heard: (hello: Parameters<KnownFeatures['heard']>[0]) => features.heard(hello) });
}

test('a leader remembers forwarded appends once every member has announced that it knows identities', () => {
  const forwards = memory();
  forwards.heard({ id: n1, features: [remembersForwards] });
  assert.equal(forwards.isOn, false);
  forwards.heard({ id: n2, features: ['elections', remembersForwards] });
  assert.equal(forwards.isOn, true);
  // n1 came back with an older version.
  forwards.heard({ id: n1, features: ['elections'] });
  assert.equal(forwards.isOn, false);
  forwards.heard({ id: n1, features: undefined });
  assert.equal(forwards.isOn, false);
});

test('a member that was never heard is known from the log, if the member list was the same when an identity was last written', () => {
  const before = memory({ listNumber: 3, newestForwarded: 2 });
  const after = memory({ listNumber: 3, newestForwarded: 4 });
  for (const forwards of [before, after]) forwards.heard({ id: n2, features: [remembersForwards] });
  assert.deepEqual([before.isOn, after.isOn], [false, true]);
  after.heard({ id: n1, features: [] });
  assert.equal(after.isOn, false);
});

test('whether another leader remembers is known only from what that leader says, in its own epoch', () => {
  const forwards = memory();
  const leader = { id: n1, url: url(n1), epoch: epoch(4) };
  assert.equal(forwards.of(leader)?.remembersForwards, false);
  forwards.told(epoch(4), true);
  forwards.told(epoch(4), undefined);
  assert.equal(forwards.of(leader)?.remembersForwards, true);
  assert.equal(forwards.of({ ...leader, epoch: epoch(5) })?.remembersForwards, false);
  forwards.told(epoch(5), false);
  assert.equal(forwards.of({ ...leader, epoch: epoch(5) })?.remembersForwards, false);
  assert.equal(forwards.of(undefined), undefined);
});

test('appends are forwarded together only to a leader that announced that it takes them', () => {
  const forwards = memory();
  const leader = { id: n1, url: url(n1), epoch: epoch(4) };
  assert.equal(forwards.of(leader)?.takesForwardsTogether, false);
  forwards.heard({ id: n1, features: [remembersForwards, takesForwardsTogether] });
  assert.equal(forwards.of(leader)?.takesForwardsTogether, true);
  // It came back with an older version.
  forwards.heard({ id: n1, features: [remembersForwards] });
  assert.equal(forwards.of(leader)?.takesForwardsTogether, false);
});
