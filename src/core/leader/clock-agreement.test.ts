import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreedTime } from './clock-agreement.ts';

const minute = 60_000;
const day = 24 * 60 * minute;

test('a majority whose clocks are within a minute of each other agrees, whatever the others say', () => {
  assert.deepEqual(agreedTime([1000, 3000], 2), { low: 1000, high: 3000 });
  assert.deepEqual(agreedTime([1000, 2000, 2 * day], 2), { low: 1000, high: 2000 });
  assert.deepEqual(agreedTime([2 * day, 1000, 2 * day + 5], 2), { low: 2 * day, high: 2 * day + 5 });
  assert.deepEqual(agreedTime([0, minute, 2 * minute], 2), { low: minute, high: 2 * minute }, 'the later of two');
});

test('one clock is no agreement, nor are two that are more than a minute apart', () => {
  assert.equal(agreedTime([5], 1), undefined);
  assert.equal(agreedTime([], 1), undefined);
  assert.equal(agreedTime([0, minute + 1], 2), undefined);
  assert.equal(agreedTime([7, 8], 3), undefined, 'two of five are no majority');
});
