import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantMs } from '../model/numbers.ts';
import { QuorumWatch } from './quorum-watch.ts';

const at = instantMs;

test('an answer confirms the leader as of the time when the heartbeat was sent, not when the answer came', () => {
  const watch = new QuorumWatch(1500, at(0));
  watch.sent(1, at(100));
  watch.sent(2, at(1000));
  watch.confirmed(1);
  assert.equal(watch.ageMs(at(1100)), 1000);
  assert.equal(watch.isSuspended(at(1299)), false);
  assert.equal(watch.isSuspended(at(1300)), true, 'after 0.8 of the timeout, before any other node may be elected');
  watch.confirmed(2);
  assert.equal(watch.isSuspended(at(1300)), false);
});

test('a leader that no majority answers for twice the timeout is over, even if it was suspended meanwhile', () => {
  const watch = new QuorumWatch(1500, at(0));
  for (let sequence = 1; sequence <= 11; sequence += 1) watch.sent(sequence, at(sequence * 250));
  assert.equal(watch.isOver(at(2999)), false);
  assert.equal(watch.isOver(at(3000)), true);
  assert.equal(watch.isOver(at(60_000)), true, 'its process was suspended, and it finds out at once');
});

test('an answer to a heartbeat that is no longer remembered confirms nothing', () => {
  const watch = new QuorumWatch(1500, at(0));
  watch.confirmed(0);
  assert.equal(watch.ageMs(at(500)), 500);
});
