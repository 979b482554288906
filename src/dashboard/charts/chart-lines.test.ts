import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartLines } from './chart-lines.ts';
import { chartRows } from './chart-rows.ts';
import { sampleAt } from './sample.test-support.ts';

test('each follower has the colour of its node, and no value while it leads', () => {
  const rows = chartRows(
    [
      { nodeId: 'a', ...sampleAt(1, { lagEntries: { c: 3, b: 0 }, lagMs: { c: 1500 } }) },
      { nodeId: 'c', ...sampleAt(2, { lagEntries: { a: 1, b: 2 }, lagMs: { a: 10, b: 20 }, epoch: 2 }) },
    ],
    0,
  );
  const { lagEntries, lagTime } = chartLines(rows, ['a', 'b', 'c']);
  assert.deepEqual(
    lagEntries.map(({ label, colour, values }) => [label, colour, values]),
    [
      ['a', '--node-0', [null, 1]],
      ['b', '--node-1', [0, 2]],
      ['c', '--node-2', [3, null]],
    ],
  );
  assert.deepEqual(lagTime[2]?.values, [1.5, null]);
});

test('a second without an append has no latency, and a latency of nothing is drawn as almost nothing', () => {
  const rows = chartRows(
    [
      { nodeId: 'a', ...sampleAt(1, { p50Ms: null }) },
      { nodeId: 'a', ...sampleAt(2, { p50Ms: 0 }) },
    ],
    0,
  );
  assert.deepEqual(chartLines(rows, ['a']).latency[0]?.values, [null, 0.01]);
});
