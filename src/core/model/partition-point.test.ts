import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionPoint } from './partition-point.ts';

test('the partition point is the first index for which the condition does not hold', () => {
  for (let count = 0; count <= 9; count += 1) {
    for (let holds = 0; holds <= count; holds += 1) {
      assert.equal(
        partitionPoint(count, (index) => index < holds),
        holds,
      );
    }
  }
});
