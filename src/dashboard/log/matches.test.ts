import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesOf } from './matches.ts';

test('the place of a match and the count of all are of the same matches, loaded or found in the whole log', () => {
  const justBegun = matchesOf({ matches: [7, 9] }, { matches: [], matchCount: 0, end: 0 });
  assert.deepEqual(justBegun, { offsets: [7, 9], count: 2, reachBeyond: true });
  const halfWay = matchesOf({ matches: [7, 9] }, { matches: [1, 7], matchCount: 2, end: 8 });
  assert.deepEqual(halfWay, { offsets: [1, 7, 9], count: 3, reachBeyond: true });
  const done = matchesOf({ matches: [7, 9] }, { matches: [1, 7, 9], matchCount: 3, end: 10 });
  assert.deepEqual(done, { offsets: [1, 7, 9], count: 3, reachBeyond: false });
});

test('matches that were only counted are counted once, when they are loaded, too', () => {
  const { offsets, count } = matchesOf({ matches: [8, 12] }, { matches: [1, 2], matchCount: 6, end: 10 });
  assert.deepEqual(offsets, [1, 2, 8, 12]);
  assert.equal(count, 7);
});
