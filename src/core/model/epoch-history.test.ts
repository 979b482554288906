import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agreedPoint, epochAt, standingOf } from './epoch-history.ts';
import type { EpochStart, LogShape } from './epoch-history.ts';
import { batchNumber, epoch, offset } from './numbers.ts';

/** A log of one-entry batches, given by their epochs. */
function shapeOf(epochs: readonly number[]): LogShape {
  const starts: EpochStart[] = [];
  for (const [number, value] of epochs.entries()) {
    if (starts.at(-1)?.epoch !== value) starts.push({ epoch: epoch(value), number: batchNumber(number), offset: offset(number) });
  }
  return { starts, end: { number: batchNumber(epochs.length), offset: offset(epochs.length) } };
}

test('two logs agree up to the point where the first of them leaves the last epoch that both have', () => {
  assert.equal(agreedPoint(shapeOf([1, 1, 2, 2, 2]), shapeOf([1, 1, 2, 3])).number, 3);
  assert.equal(agreedPoint(shapeOf([1, 1, 1]), shapeOf([1, 1, 2, 2])).number, 2);
  assert.equal(agreedPoint(shapeOf([1, 3, 3]), shapeOf([1, 2, 2])).number, 1);
  assert.equal(agreedPoint(shapeOf([]), shapeOf([1])).number, 0);
  assert.equal(agreedPoint(shapeOf([2]), shapeOf([1])).number, 0);
});

test('for any two logs that leaders of ever higher epochs have written, the agreed point ends their longest common prefix', () => {
  // A tree of leaders: each epoch continues a prefix of an earlier log. Two branches of the tree are two logs.
  const branches = fc.array(fc.record({ keep: fc.nat(6), add: fc.integer({ min: 1, max: 4 }) }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(branches, (steps) => {
      const logs: number[][] = [[]];
      for (const [index, { keep, add }] of steps.entries()) {
        const parent = logs[keep % logs.length] ?? [];
        const kept = parent.slice(0, parent.length - Math.min(parent.length, keep));
        logs.push([...kept, ...Array.from({ length: add }, () => index + 1)]);
      }
      for (const a of logs) {
        for (const b of logs) {
          let common = 0;
          while (common < a.length && common < b.length && a[common] === b[common]) common += 1;
          assert.equal(agreedPoint(shapeOf(a), shapeOf(b)).number, common, `${a.join()} and ${b.join()}`);
        }
      }
    }),
  );
});

test('the agreed point is only a point: it does not name the epoch that one of the logs began there', () => {
  assert.deepEqual(agreedPoint(shapeOf([1, 1, 2]), shapeOf([1, 1, 3])), { number: 2, offset: 2 });
});

test('the epoch of a batch is that of the last start at or before it', () => {
  const { starts } = shapeOf([1, 1, 4, 4, 9]);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 100].map((number) => epochAt(starts, batchNumber(number))),
    [1, 1, 4, 4, 9, 9],
  );
  assert.equal(epochAt(starts, batchNumber(-1)), 0);
  assert.equal(epochAt([], batchNumber(5)), 0);
});

test('an entry that was seen is held, may still come, or was cut', () => {
  const seen = (of: number, at: number, epochs: readonly number[]): string =>
    standingOf({ epoch: epoch(of), offset: offset(at) }, shapeOf(epochs));
  assert.equal(seen(1, 0, [1, 1, 3]), 'held');
  assert.equal(seen(3, 2, [1, 1, 3]), 'held');
  // An entry of an earlier or later epoch is in its place.
  assert.equal(seen(3, 1, [1, 1, 3]), 'cut');
  assert.equal(seen(1, 2, [1, 1, 3]), 'cut');
  // Its epoch ended in this log without it.
  assert.equal(seen(1, 7, [1, 1, 3]), 'cut');
  assert.equal(seen(2, 2, [1, 1, 3]), 'cut');
  assert.equal(seen(2, 1, [1, 1, 3]), 'cut');
  // This log may just be behind.
  assert.equal(seen(3, 3, [1, 1, 3]), 'ahead');
  assert.equal(seen(4, 9, [1, 1, 3]), 'ahead');
  assert.equal(seen(1, 0, []), 'ahead');
});

test('of two logs that leaders of ever higher epochs have written, one holds an entry of the other exactly up to the agreed point', () => {
  const branches = fc.array(fc.record({ keep: fc.nat(6), add: fc.integer({ min: 1, max: 4 }) }), { minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(branches, (steps) => {
      const logs: number[][] = [[]];
      for (const [index, { keep, add }] of steps.entries()) {
        const before = logs[index % logs.length] ?? [];
        logs.push([...before.slice(0, keep), ...Array.from({ length: add }, () => index + 1)]);
      }
      for (const a of logs) {
        for (const b of logs) {
          const agreed = agreedPoint(shapeOf(a), shapeOf(b)).offset;
          for (const [at, of] of a.entries()) {
            const standing = standingOf({ epoch: epoch(of), offset: offset(at) }, shapeOf(b));
            assert.equal(standing === 'held', at < agreed);
          }
        }
      }
    }),
  );
});
