import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wordsOf } from './event-words.ts';

function words(event: string, facts: Readonly<Record<string, unknown>> = {}, level: 'info' | 'error' = 'info'): string | undefined {
  return wordsOf('n1', { event, facts, level })?.text;
}

test('events that matter to users of the cluster have a sentence', () => {
  assert.equal(words('epoch.began', { epoch: 4, logEnd: 12 }), 'Epoch 4 began: n1 leads');
  assert.equal(words('health.changed', { member: 'n2', health: 'unhealthy', before: 'suspected' }), 'n1 lost contact with n2');
  assert.equal(words('log.cut', { end: 7, cutEntries: 1 }), 'n1 cut 1 entry that was never committed off the end of its log');
  assert.equal(words('log.cut', { end: 7, cutEntries: 20 }), 'n1 cut 20 entries that were never committed off the end of its log');
  assert.equal(
    words('quorum.lost', { epoch: 4, unhealthy: ['n2', 'n3'] }),
    'n1 has no majority: it refuses appends, since it cannot reach n2 and n3',
  );
  assert.equal(words('member.storage-out', { member: 'n3' }), 'The storage of n3 was replaced: the old one no longer counts');
});

test('intermediate steps and a moment of silence have no sentence', () => {
  assert.equal(words('follower.matched', { leader: 'n2' }), undefined);
  assert.equal(words('health.changed', { member: 'n2', health: 'suspected', before: 'healthy' }), undefined);
});

test('an error without a sentence is reported by name', () => {
  assert.equal(words('address.twice', { url: 'http://n2' }, 'error'), 'n1 reports address.twice');
});

test('missing facts do not make it fail', () => {
  assert.equal(words('epoch.began'), 'Epoch ? began: n1 leads');
  assert.equal(words('quorum.lost'), 'n1 has no majority: it refuses appends, since it cannot reach the others');
});
