import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Consent, consentedMembersMax } from './consent.ts';
import type { Applicant } from './list-change.ts';
import type { MemberList } from '../model/members.ts';
import { batchNumber, instantMs, nodeId, storageId } from '../model/numbers.ts';

const patienceMs = 900;

function reached(id: string, changes: Partial<Applicant> = {}): Applicant {
  const identity = { id: nodeId(id), storageId: storageId(`${id}-storage`), url: `http://${id}:1` };
  return { ...identity, otherUrls: [], isCaughtUp: true, isByHand: false, isWanted: false, ...changes };
}

function listOf(...ids: readonly string[]): MemberList {
  const members = ids.map((id) => ({
    id: nodeId(id),
    storageId: storageId(`${id}-storage`),
    url: `http://${id}:1`,
    since: batchNumber(0),
  }));
  return { members, removed: [], founder: nodeId(ids[0] ?? 'm') };
}

test('a node is wanted if it is named, at any address at which it was found, or registered by hand', () => {
  const consent = new Consent(['http://a:1'], patienceMs);
  assert.equal(consent.isWanted(reached('a')), true);
  assert.equal(consent.isWanted(reached('a', { url: 'http://localhost:1', otherUrls: ['http://a:1'] })), true);
  assert.equal(consent.isWanted(reached('b')), false);
  assert.equal(consent.isWanted(reached('b', { isByHand: true })), true);
});

test('a member whose storage is exchanged is wanted without being named, and no longer once it was removed', () => {
  const consent = new Consent([], patienceMs);
  const list = listOf('m');
  consent.changed({ what: 'storage-out', id: nodeId('b'), list });
  assert.equal(consent.isWanted(reached('b')), true);
  consent.changed({ what: 'removed', id: nodeId('b'), list });
  assert.equal(consent.isWanted(reached('b')), false);
});

test('a node that does not count is said once, and not before it could be found at the address that is named', () => {
  const consent = new Consent(['http://a:1'], patienceMs);
  const list = listOf('m');
  const at = (ms: number, ...nodes: readonly Applicant[]) => consent.notCounting(nodes, list, instantMs(ms)).map(({ member }) => member);
  assert.deepEqual(at(0, reached('x'), reached('late', { isCaughtUp: false })), []);
  assert.deepEqual(at(899, reached('x')), []);
  assert.deepEqual(at(900, reached('x')), ['x']);
  assert.deepEqual(at(5000, reached('x'), reached('late')), [], 'the other one has only now got the whole log');
  assert.deepEqual(at(5000, reached('a', { isWanted: true })), [], 'it is about to be added');
});

test('a node that is wanted and finds nine members is told so', () => {
  const consent = new Consent([], 0);
  const full = listOf(...Array.from({ length: consentedMembersMax }, (_unused, n) => `n${n}`));
  const [said] = consent.notCounting([reached('x', { isWanted: true })], full, instantMs(0));
  assert.equal(said?.reason, 'there are 9 members already');
  assert.deepEqual(consent.notCounting([reached('n3', { isWanted: false })], full, instantMs(0)), [], 'a member counts');
});
