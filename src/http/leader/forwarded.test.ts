import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogError } from '../../api/problems.ts';
import { epoch } from '../../core/model/numbers.ts';
import { checkIsMeant, forwardedFrom, forwardingHeaders } from './forwarded.ts';
import { hint } from './forwarding.test-support.ts';

const node = (leader: ReturnType<typeof hint> | undefined) => ({ driver: { leader }, config: { serverId: 'n0' } });
const isRefused = (error: unknown): boolean => error instanceof LogError && error.code === 'not-leader';

test('a node that leads another epoch, or no longer leads, refuses what was forwarded to the leader of an earlier one', () => {
  const from = forwardedFrom(forwardingHeaders('s1', { epoch: epoch(5), identity: undefined }));
  assert.deepEqual(from, { leaderEpoch: 5, identity: undefined });
  const takes = (leader: ReturnType<typeof hint> | undefined) => () => checkIsMeant(node(leader), { leaderEpoch: 5, identity: undefined });
  takes(hint('n0', 'http://a', 5))();
  assert.throws(takes(hint('n0', 'http://a', 6)), isRefused);
  assert.throws(takes(hint('n0', 'http://a', 4)), isRefused);
  // It follows the leader that was meant.
  assert.throws(takes(hint('n2', 'http://c', 5)), isRefused);
  assert.throws(takes(undefined), isRefused);
});

test('the epoch counts only in a forwarded request, and one that is not a number is refused there', () => {
  assert.equal(forwardedFrom({ 'rlog-leader-epoch': '5' }), undefined);
  assert.deepEqual(forwardedFrom({ 'rlog-forwarded': 's1' }), { leaderEpoch: undefined, identity: undefined });
  assert.throws(
    () => forwardedFrom({ 'rlog-forwarded': 's1', 'rlog-leader-epoch': '5x' }),
    (error: unknown) => error instanceof LogError && error.code === 'bad-request',
  );
});

test('an identity is read as it was sent, and a malformed one is refused', () => {
  const identity = { forwarder: 2 ** 48 - 1, number: 12 };
  const headers = forwardingHeaders('s1', { epoch: epoch(5), identity });
  assert.deepEqual(forwardedFrom(headers), { leaderEpoch: 5, identity });
  for (const wrong of ['', '1', '1-2-3', '-1-2', `${2 ** 48}-1`, `1-${2 ** 48}`, '1e3-1']) {
    assert.throws(
      () => forwardedFrom({ ...headers, 'rlog-forward-identity': wrong }),
      (error: unknown) => error instanceof LogError && error.code === 'bad-request',
    );
  }
});
