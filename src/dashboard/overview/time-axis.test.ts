import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisTicks, placeOnAxis, timeAxis } from './time-axis.ts';
import type { TimeAxis } from './time-axis.ts';

const second: TimeAxis = { scale: 'log', endMs: 1000 };

test('what takes longer than 200 ms is drawn on a linear axis, unless somebody chose the other', () => {
  assert.equal(timeAxis([]).scale, 'log');
  assert.equal(timeAxis([3, 200]).scale, 'log');
  assert.equal(timeAxis([3, 201]).scale, 'linear');
  assert.equal(timeAxis([3, 2000], 'log').scale, 'log');
  assert.equal(timeAxis([3], 'linear').scale, 'linear');
});

test('on a linear axis twice the time is twice as long', () => {
  const axis = timeAxis([1000, 2000]);
  assert.equal(placeOnAxis(2000, axis), 2 * placeOnAxis(1000, axis));
  assert.ok(placeOnAxis(3, axis) < 0.01, 'what is quick is hardly seen beside it');
});

test('a linear axis ends at the next of 1, 2, 5 and 10, and has round ticks', () => {
  const labels = (longest: number): string[] => axisTicks(timeAxis([longest], 'linear')).map(({ label }) => label);
  assert.deepEqual(labels(0.4), ['0 ms', '0.2 ms', '0.4 ms', '0.6 ms', '0.8 ms', '1 ms']);
  assert.deepEqual(labels(1600), ['0 ms', '500 ms', '1 s', '1.5 s', '2 s']);
  assert.deepEqual(labels(2001), ['0 ms', '1 s', '2 s', '3 s', '4 s', '5 s']);
  assert.deepEqual(labels(12_000), ['0 ms', '5 s', '10 s', '15 s', '20 s']);
});

test('by factors of ten the axis ends at the next of one and three times a power of ten', () => {
  const endOf = (times: readonly number[]): number => timeAxis(times, 'log').endMs;
  assert.equal(endOf([]), 1000);
  assert.equal(endOf([12, 1000]), 1000);
  assert.equal(endOf([1001]), 3000);
  assert.equal(endOf([3001]), 10_000);
  assert.equal(endOf([59_000]), 100_000);
});

test('each factor of ten is as far as the one before', () => {
  const steps = [0.1, 1, 10, 100, 1000].map((ms) => placeOnAxis(ms, second));
  assert.deepEqual(
    steps.map((step) => Math.round(step * 1000) / 1000),
    [0, 0.25, 0.5, 0.75, 1],
  );
});

test('what is off the axis stands at its ends', () => {
  for (const axis of [second, timeAxis([1000], 'linear')]) {
    assert.equal(placeOnAxis(0, axis), 0);
    assert.equal(placeOnAxis(5000, axis), 1);
  }
});

test('ticks by factors of ten are powers of ten with their units', () => {
  assert.deepEqual(
    axisTicks({ scale: 'log', endMs: 30_000 }).map(({ label }) => label),
    ['0.1 ms', '1 ms', '10 ms', '100 ms', '1 s', '10 s'],
  );
});
