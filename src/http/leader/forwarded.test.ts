import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { checkIsMeant, forwardedFrom, forwardingHeaders } from './forwarded.ts';
import { hint } from './forwarding.test-support.ts';

const node = (leader: ReturnType<typeof hint> | undefined) => ({ driver: { leader }, config: { serverId: 'n0' } });
const isRefused = (error: unknown): boolean => error instanceof LogError && error.code === 'not-leader';

test('a node that leads another epoch, or leads no more, does not take what was passed on to the leader of an earlier one', () => {
  const from = forwardedFrom(forwardingHeaders('s1', hint('n0', 'http://a', 5).epoch));
  assert.deepEqual(from, { leaderEpoch: 5 });
  const takes = (leader: ReturnType<typeof hint> | undefined) => () => checkIsMeant(node(leader), { leaderEpoch: 5 });
  takes(hint('n0', 'http://a', 5))();
  assert.throws(takes(hint('n0', 'http://a', 6)), isRefused);
  assert.throws(takes(hint('n0', 'http://a', 4)), isRefused);
  // It follows the one that was meant.
  assert.throws(takes(hint('n2', 'http://c', 5)), isRefused);
  assert.throws(takes(undefined), isRefused);
});

test('what no node passed on is not held to an epoch, and one that is none is refused', () => {
  assert.equal(forwardedFrom({ 'rlog-leader-epoch': '5' }), undefined);
  assert.deepEqual(forwardedFrom({ 'rlog-forwarded': 's1' }), { leaderEpoch: undefined });
  assert.throws(
    () => forwardedFrom({ 'rlog-forwarded': 's1', 'rlog-leader-epoch': '5x' }),
    (error: unknown) => error instanceof LogError && error.code === 'bad-request',
  );
});
