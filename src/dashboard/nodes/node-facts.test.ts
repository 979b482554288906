import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health } from '../../api/health.ts';
import type { NodeView } from '../data/types.ts';
import { factsOf } from './node-facts.ts';

const health: Partial<Health> = {
  role: 'follower',
  leader: null,
  epoch: 3,
  ends: { logEnd: 5, durableEnd: 5, committedEnd: 5, visibleEnd: 5 },
  canStore: false,
  diskStalled: { what: 'flush', ms: 12_000 },
  disk: { freeBytes: 0, sizeBytes: 1000, logBytes: 900 },
};

test('of a disk that is full and does not answer both are said, each by its own name', () => {
  const node = { id: 'n1', url: '', isReachable: true, health } as unknown as NodeView;
  const facts = factsOf(node, { leader: undefined }, 0);
  assert.equal(facts.find(({ name }) => name === 'Disk')?.value, 'full: it cannot store anything');
  assert.equal(facts.find(({ name }) => name === 'Disk stalled')?.value, 'no answer for 12.0 s');
  const names = facts.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});
