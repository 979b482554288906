import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram, Registry } from 'prom-client';
import { FastHistogram } from './fast-histogram.ts';

test('a fast histogram prints the same as a histogram of prom-client', async () => {
  const parts = { name: 'seconds', help: 'How long', buckets: [0.001, 0.5, 2] };
  const [ours, theirs] = [new Registry(), new Registry()];
  const fast = FastHistogram.in(ours, parts);
  const histogram = new Histogram({ ...parts, registers: [theirs] });
  for (const value of [0.001, 0.0011, 0, 2, 7, 0.5, 100]) {
    fast.observe(value);
    histogram.observe(value);
  }
  assert.equal(await ours.metrics(), await theirs.metrics());
});
