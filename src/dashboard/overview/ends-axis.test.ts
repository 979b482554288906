import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endsAxis, placeOf } from './ends-axis.ts';

test('a short log stands on the axis as a whole', () => {
  const axis = endsAxis(9, [9, 6, 9]);
  assert.deepEqual([axis.start, axis.end], [0, 50]);
  assert.deepEqual(
    axis.ticks.map(({ label }) => label),
    ['0', '25', '50'],
  );
  assert.equal(placeOf(25, axis), 0.5);
});

test('of a long log the newest part is shown, counted back from its end', () => {
  const axis = endsAxis(1204, [1204, 1203]);
  assert.deepEqual([axis.start, axis.end], [1154, 1204]);
  assert.deepEqual(
    axis.ticks.map(({ label }) => label),
    ['−50', '−25', 'newest'],
  );
  assert.equal(placeOf(1204, axis), 1);
});

test('the axis is so wide that the node furthest behind is on it', () => {
  for (const lag of [1, 41, 99, 1000, 123_456]) {
    const axis = endsAxis(1_000_000, [1_000_000, 1_000_000 - lag]);
    assert.ok(axis.start <= 1_000_000 - lag, `lag ${lag}`);
    assert.ok(placeOf(1_000_000 - lag, axis) > 0.15, `lag ${lag}`);
  }
});

test('a node that is a million entries behind stands at the edge, and the others can still be told apart', () => {
  const axis = endsAxis(50_000_000, [50_000_000, 0]);
  assert.equal(axis.end - axis.start, 1_000_000);
  assert.equal(placeOf(0, axis), 0);
});

test('an empty log has an axis', () => {
  assert.equal(placeOf(0, endsAxis(0, [])), 0);
});
