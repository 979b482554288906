import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantMs, nodeId } from '../model/numbers.ts';
import { ElectionDeadline } from './deadline.ts';
import type { LeaderContact } from './deadline.ts';

const timing = { timeoutMs: 1500, heartbeatIntervalMs: 250 };
const nobody: LeaderContact = { leader: undefined, heardAt: undefined, lostAt: undefined, hasResigned: false };
const heard = (changes: Partial<LeaderContact> = {}): LeaderContact => ({
  ...nobody,
  leader: nodeId('l'),
  heardAt: instantMs(10_000),
  ...changes,
});

function deadline(share: number): ElectionDeadline {
  const made = new ElectionDeadline(timing, () => share);
  made.start(instantMs(0));
  return made;
}

/** The first moment at which a poll may be held. */
function dueAt(made: ElectionDeadline, contact: LeaderContact, from = 0): number {
  for (let now = from; ; now += 1) if (made.isOver(contact, instantMs(now))) return now;
}

test('a node that starts first gives an existing leader time to be heard', () => {
  assert.equal(dueAt(deadline(0), nobody), 1500);
  assert.equal(dueAt(deadline(0.5), nobody), 1875);
});

test('a node waits for a silent leader as long as the election timeout, and up to half of it more', () => {
  assert.equal(dueAt(deadline(0), heard(), 10_000), 11_500);
  assert.equal(dueAt(deadline(0.8), heard(), 10_000), 12_100);
});

test('a node waits no longer than two heartbeats for a leader whose stream ended', () => {
  const lostAt = instantMs(10_100);
  assert.equal(dueAt(deadline(0), heard({ lostAt }), 10_000), 10_350);
  assert.equal(dueAt(deadline(0.8), heard({ lostAt }), 10_000), 10_550);
});

test('a node does not wait out the timeout of a leader that resigned', () => {
  assert.equal(dueAt(deadline(0.4), heard({ hasResigned: true, lostAt: instantMs(10_000) }), 10_000), 10_100);
});

test('a node waits after it lost a poll, unless it is given the turn', () => {
  const made = deadline(0.5);
  made.postpone(instantMs(20_000), { ms: 750, spreadMs: 1500 });
  assert.equal(dueAt(made, heard(), 20_000), 21_500);
  made.isDue(instantMs(20_000));
  assert.equal(dueAt(made, heard(), 20_000), 20_000);
});
