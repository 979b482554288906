import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RowGeometry } from './row-geometry.ts';

test('without open rows a place is a multiple of the row height', () => {
  const rows = new RowGeometry({ count: 100_000_000, rowPx: 28, open: [] });
  assert.equal(rows.totalPx, 2_800_000_000);
  assert.equal(rows.topOf(50_000_000), 1_400_000_000);
  assert.equal(rows.indexAt(1_400_000_027), 50_000_000);
  assert.equal(rows.indexAt(1_400_000_028), 50_000_001);
});

test('what is above the first and below the last row belongs to those', () => {
  const rows = new RowGeometry({ count: 10, rowPx: 10, open: [] });
  assert.equal(rows.indexAt(-5), 0);
  assert.equal(rows.indexAt(1000), 9);
  assert.equal(new RowGeometry({ count: 0, rowPx: 10, open: [] }).indexAt(0), 0);
});

test('rows that were cut off count no more', () => {
  assert.equal(new RowGeometry({ count: 3, rowPx: 10, open: [{ index: 5, extraPx: 100 }] }).totalPx, 30);
});

test('every place lies in the row that is found for it', () => {
  const openRows = fc.uniqueArray(fc.record({ index: fc.nat(60), extraPx: fc.nat(300) }), { selector: ({ index }) => index });
  fc.assert(
    fc.property(openRows, fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (open, count, part) => {
      const rows = new RowGeometry({ count, rowPx: 20, open });
      const px = part * rows.totalPx;
      const index = rows.indexAt(px);
      assert.ok(rows.topOf(index) <= px && px < rows.bottomOf(index), `${px} in ${index}`);
    }),
  );
});
