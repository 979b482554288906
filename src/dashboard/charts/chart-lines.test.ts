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

test('p99 is drawn on while no append comes, for a minute, and not over a hole', () => {
  const at = (seconds: number, p99Ms: number | null) => ({ nodeId: 'a', ...sampleAt(seconds, { p99Ms }) });
  const rows = chartRows([at(1, 5), at(2, null), ...Array.from({ length: 70 }, (_unused, n) => at(3 + n, null)), at(200, null)], 0);
  const p99 = chartLines(rows, ['a']).latency[2]?.values ?? [];
  assert.deepEqual([p99[0], p99[1], p99[60], p99[61], p99.at(-1)], [5, 5, 5, null, null]);
});

test('entries and appends are two lines, and where only followers tell there are no appends', () => {
  const rows = chartRows(
    [
      { nodeId: 'a', ...sampleAt(1, { appends: 2, entries: 20 }) },
      { nodeId: 'a', ...sampleAt(2, { entries: 30 }), appends: null },
    ],
    0,
  );
  assert.deepEqual(
    chartLines(rows, ['a']).rates.map(({ label, values }) => [label, values]),
    [
      ['entries', [20, 30]],
      ['appends', [2, null]],
    ],
  );
});
