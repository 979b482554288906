import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntryCache, pageEntries } from './entry-cache.ts';
import type { LogEntry } from './log-entry.ts';

function entry(offset: number, text = '1'): LogEntry {
  return { offset, epoch: 1, timestampMs: 0, text, textLength: text.length };
}

function cacheWith(offsets: Iterable<number>, limits = { pagesMax: 10, charsMax: 1_000_000 }): EntryCache {
  const cache = new EntryCache(limits);
  for (const offset of offsets) cache.put(entry(offset));
  return cache;
}

test('what was not read yet is named as ranges', () => {
  const cache = cacheWith([3, 4, 199, 200]);
  assert.deepEqual(cache.missing({ start: 0, end: 202 }), [
    { start: 0, end: 3 },
    { start: 5, end: 199 },
    { start: 201, end: 202 },
  ]);
  assert.deepEqual(cache.missing({ start: 3, end: 5 }), []);
});

test('the page that was looked at longest ago goes first', () => {
  const cache = cacheWith([0, pageEntries, 2 * pageEntries], { pagesMax: 3, charsMax: 1000 });
  cache.use({ start: 0, end: 1 });
  cache.put(entry(3 * pageEntries));
  assert.notEqual(cache.get(0), undefined);
  assert.equal(cache.get(pageEntries), undefined);
  assert.equal(cache.entryCount, 3);
});

test('long messages count by their length, and the newest page stays', () => {
  const cache = cacheWith([0, pageEntries], { pagesMax: 10, charsMax: 100 });
  cache.put(entry(2 * pageEntries, 'x'.repeat(200)));
  assert.equal(cache.get(0), undefined);
  assert.equal(cache.get(pageEntries), undefined);
  assert.equal(cache.entryCount, 1);
});

test('nothing that was cut is shown', () => {
  const cache = cacheWith([0, 150, 151, 199, 200, 450]);
  cache.dropFrom(151);
  assert.deepEqual(
    [0, 150, 151, 199, 200, 450].filter((offset) => cache.get(offset) !== undefined),
    [0, 150],
  );
  assert.equal(cache.entryCount, 2);
});

test('an entry that is put again counts once', () => {
  const cache = cacheWith([5, 5]);
  assert.equal(cache.entryCount, 1);
  const { version } = cache;
  cache.put(entry(5, '"other"'));
  assert.equal(cache.get(5)?.text, '"other"');
  assert.ok(cache.version > version);
});
