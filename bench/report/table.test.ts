import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, fixed, short } from './format.ts';
import { linearScale, logScale } from './scales.ts';
import { tableText } from './table.ts';

test('a table is aligned, names at the left and figures at the right, and is Markdown', () => {
  assert.equal(
    tableText(
      ['', 'per second'],
      [
        ['ours', '25.3k'],
        ['etcd, gRPC', '5.2k'],
      ],
    ),
    ['|            | per second |', '| ---------- | ---------: |', '| ours       |      25.3k |', '| etcd, gRPC |       5.2k |'].join('\n'),
  );
});

test('numbers keep three significant digits', () => {
  assert.deepEqual([0.0614, 0.5, 4.518, 45.18, 451.8].map(fixed), ['0.061', '0.50', '4.52', '45.2', '452']);
  assert.deepEqual([940, 25_340, 1_200_000].map(count), ['940', '25.3k', '1.20M']);
  assert.deepEqual([0.5, 10, 50_000].map(short), ['0.5', '10', '50k']);
  assert.deepEqual([5e6, 35e9].map(bytes), ['5.00 MB', '35.0 GB']);
});

test('an axis ends at a round number above all values', () => {
  assert.deepEqual(linearScale(117_000).ticks, [0, 50_000, 100_000, 150_000]);
  const { ticks, place } = logScale(0.3, 7);
  assert.deepEqual(ticks, [0.2, 0.5, 1, 2, 5, 10]);
  assert.equal(place(10), 1);
  assert.equal(place(0.2), 0);
});
