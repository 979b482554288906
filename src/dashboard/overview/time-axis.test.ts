import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisEndMs, axisTicks, placeOnAxis } from './time-axis.ts';

test('the axis ends at the next of one and three times a power of ten', () => {
  assert.equal(axisEndMs([]), 1000);
  assert.equal(axisEndMs([12, 1000]), 1000);
  assert.equal(axisEndMs([1001]), 3000);
  assert.equal(axisEndMs([3001]), 10_000);
  assert.equal(axisEndMs([59_000]), 100_000);
});

test('each factor of ten is as far as the one before', () => {
  const steps = [0.1, 1, 10, 100, 1000].map((ms) => placeOnAxis(ms, 1000));
  assert.deepEqual(
    steps.map((step) => Math.round(step * 1000) / 1000),
    [0, 0.25, 0.5, 0.75, 1],
  );
});

test('what is off the axis stands at its ends', () => {
  assert.equal(placeOnAxis(0, 1000), 0);
  assert.equal(placeOnAxis(5000, 1000), 1);
});

test('ticks are powers of ten with their units', () => {
  assert.deepEqual(
    axisTicks(30_000).map(({ label }) => label),
    ['0.1 ms', '1 ms', '10 ms', '100 ms', '1 s', '10 s'],
  );
});
