import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartRows, column, followersIn, leaderChanges, spreadOf } from './chart-rows.ts';
import type { Sample } from '../../api/activity.ts';
import type { LeaderSample } from './leader-sample.ts';
import { sampleAt } from './sample.test-support.ts';

function sample(seconds: number, facts: Partial<Sample & LeaderSample> = {}): LeaderSample {
  return { nodeId: 'a', ...sampleAt(seconds, facts), ...(facts.nodeId === undefined ? {} : { nodeId: facts.nodeId }) };
}

test('where nothing is known there is a hole, and a late second is none', () => {
  const rows = chartRows([sample(1, { appends: 5 }), sample(2), sample(4.2), sample(9, { appends: 7 })], 0);
  assert.deepEqual(rows.times, [1, 2, 4.2, 5.2, 9]);
  assert.deepEqual(
    column(rows, ({ appends }) => appends),
    [5, 1, 1, null, 7],
  );
});

test('lines come in from the edge', () => {
  const samples = [1, 2, 3, 4].map((seconds) => sample(seconds));
  assert.deepEqual(chartRows(samples, 2500).times, [2, 3, 4]);
  assert.deepEqual(chartRows(samples, 0).times, [1, 2, 3, 4]);
  assert.deepEqual(chartRows(samples, 9000).times, []);
  assert.deepEqual(chartRows([], 0).times, []);
});

test('a new epoch is a change of leader', () => {
  const rows = chartRows([sample(1), sample(2), sample(8, { nodeId: 'b', epoch: 2 }), sample(9, { nodeId: 'b', epoch: 2 })], 0);
  assert.deepEqual(leaderChanges(rows), [{ time: 8, nodeId: 'b', epoch: 2 }]);
});

test('followers are those of every leader', () => {
  const rows = chartRows([sample(1, { lagEntries: { b: 0, c: 1 } }), sample(2, { lagEntries: { a: 0, c: 1 } })], 0);
  assert.deepEqual(followersIn(rows), ['a', 'b', 'c']);
});

test('a spread is of what is known', () => {
  assert.deepEqual(spreadOf([3, null, 1, 2]), { min: 1, median: 2, max: 3 });
  assert.deepEqual(spreadOf([null]), undefined);
});
