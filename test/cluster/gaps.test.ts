import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaderGaps, quantileOf } from './gaps.ts';
import type { Attempt, Strike } from './history.ts';

function acknowledged(began: number, ended: number, changes: Partial<Attempt> = {}): Attempt {
  const asked = { client: 'probe', messages: [`${began}`], key: undefined, node: 'n2', w: 'majority' as const };
  return { ...asked, began, ended, outcome: 'acknowledged', code: 'created', offset: 0, acks: 2, ...changes };
}

function struck(at: number, changes: Partial<Strike> = {}): Strike {
  return { kind: 'kill', node: 'n1', at, isLeader: true, isAlone: true, ...changes };
}

function gapsOf(strikes: readonly Strike[], attempts: readonly Attempt[]): number[] {
  return leaderGaps({ strikes, attempts }, 3).map(({ ms }) => ms);
}

test('a gap ends with an append that was sent after the leader was struck, not with one that was in flight then', () => {
  assert.deepEqual(gapsOf([struck(100)], [acknowledged(95, 102), acknowledged(110, 400), acknowledged(105, 405)]), [300]);
});

test('an append that only one node acknowledged, or none, ends no gap', () => {
  const alone = acknowledged(110, 120, { w: 1 });
  const unknown = acknowledged(110, 130, { outcome: 'unknown', code: 'concern-timeout' });
  assert.deepEqual(gapsOf([struck(100)], [alone, unknown, acknowledged(120, 500)]), [400]);
});

test('faults of followers, and gaps during which another fault strikes, are left out', () => {
  const next = acknowledged(110, 400);
  assert.deepEqual(gapsOf([struck(100, { isLeader: false })], [next]), []);
  assert.deepEqual(gapsOf([struck(100, { isAlone: false })], [next]), []);
  assert.deepEqual(gapsOf([struck(100), struck(200, { isAlone: false })], [next]), []);
  assert.deepEqual(gapsOf([struck(100), struck(500, { isLeader: false })], [next]), [300]);
});

test('a quantile is a gap that was measured', () => {
  const gaps = [5, 1, 3, 2, 4].map((ms) => ({ kind: 'kill', ms }));
  assert.deepEqual([quantileOf(gaps, 0.5), quantileOf(gaps, 0.99), quantileOf(gaps, 0.2)], [3, 5, 1]);
});
