import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/sim/world/random.ts';
import { schedule } from './schedule.ts';
import type { PlannedFault } from './schedule.ts';

const kinds = ['kill', 'cut', 'fill'] as const;

function plan(seed: number, count: number): PlannedFault<string>[] {
  const planned = schedule(new Random(seed), { kinds, nodeCount: 3 });
  return Array.from({ length: count }, () => planned.next().value);
}

test('the same seed plans the same faults, and another seed plans others', () => {
  assert.deepEqual(plan(7, 50), plan(7, 50));
  assert.notDeepEqual(plan(7, 50), plan(8, 50));
});

test('every round has every kind of fault once', () => {
  const planned = plan(1, 30).map(({ kind }) => kind);
  for (let at = 0; at < planned.length; at += kinds.length) {
    assert.deepEqual(planned.slice(at, at + kinds.length).toSorted(), [...kinds].toSorted());
  }
});
