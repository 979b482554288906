import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atLeast, atMost, verdictLine } from './goals.ts';

const measured = { median: 0.614, min: 0.58, max: 0.63, count: 3 };

test('a verdict says what was measured, what was wanted, and whether that is enough', () => {
  const [missed] = atLeast({ goal: 1, what: '64 writers, of the bare handler', measured, wanted: 0.75 });
  assert.ok(missed !== undefined);
  assert.equal(verdictLine(missed), 'goal 1: 64 writers, of the bare handler: 0.614× (0.58 to 0.63), wanted at least 0.75×: missed');
  const [met] = atMost({ goal: 5, what: 'memory', measured: { ...measured, median: 150, count: 1 }, unit: ' MB', wanted: 200 });
  assert.ok(met !== undefined);
  assert.equal(verdictLine(met), 'goal 5: memory: 150 MB, wanted at most 200 MB: met');
});

test('a verdict that not every round shares says so', () => {
  const [verdict] = atLeast({ goal: 5, what: 'x', measured: { median: 1.5, min: 0.2, max: 3, count: 10 }, wanted: 0.85 });
  assert.ok(verdict !== undefined);
  assert.match(verdictLine(verdict), /: met, rounds disagree$/);
});

test('there is no verdict on what was not measured', () => {
  assert.deepEqual(atLeast({ goal: 1, what: 'x', measured: undefined, wanted: 1 }), []);
});
