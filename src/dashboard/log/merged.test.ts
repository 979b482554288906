import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merged } from './merged.ts';

test('two ascending lists become one, without what is in both twice', () => {
  assert.deepEqual(merged([1, 3, 5], [2, 3, 9]), [1, 2, 3, 5, 9]);
  assert.deepEqual(merged([], [2]), [2]);
  assert.deepEqual(merged([1], []), [1]);
});
