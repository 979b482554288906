import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntryCache, pageEntries } from './entry-cache.ts';
import { nextOf, patternOf, placesIn, TextSearch } from './text-search.ts';

function cacheOf(texts: Readonly<Record<number, string>>): EntryCache {
  const cache = new EntryCache({ pagesMax: 10, charsMax: 1_000_000 });
  for (const [offset, text] of Object.entries(texts)) put(cache, Number(offset), text);
  return cache;
}

function put(cache: EntryCache, offset: number, text: string): void {
  cache.put({ offset, epoch: 1, timestampMs: 0, text, textLength: text.length });
}

function searchOf(cache: EntryCache, words: string): TextSearch {
  const pattern = patternOf(words);
  assert.ok(pattern);
  return new TextSearch(cache, pattern);
}

test('words are found in any case, and marks are only marks', () => {
  const pattern = patternOf('a.B(');
  assert.ok(pattern);
  assert.deepEqual(placesIn('"A.b( aXb( a.B("', pattern), [
    { start: 1, end: 5 },
    { start: 11, end: 15 },
  ]);
  assert.equal(patternOf(''), undefined);
});

test('all loaded entries are searched, in order of offset', () => {
  const search = searchOf(cacheOf({ [pageEntries * 3]: '"one"', 7: '"One and one"', 8: '"two"' }), 'one');
  assert.equal(
    search.step(() => 0, 5),
    true,
  );
  assert.deepEqual(search.offsets(), [7, pageEntries * 3]);
});

test('a search of many pages is done in steps', () => {
  const search = searchOf(cacheOf({ 1: '"x"', [pageEntries]: '"x"', [pageEntries * 2]: '"x"' }), 'x');
  let now = 0;
  assert.equal(
    search.step(() => (now += 10), 15),
    false,
  );
  assert.deepEqual(search.offsets(), [1]);
  assert.equal(
    search.step(() => 0, 15),
    true,
  );
  assert.equal(search.offsets().length, 3);
});

test('what came and went since is found and forgotten', () => {
  const cache = cacheOf({ 1: '"x"', [pageEntries]: '"x"' });
  const search = searchOf(cache, 'x');
  search.step(() => 0, 5);
  cache.dropFrom(pageEntries);
  put(cache, 2, '"x"');
  search.step(() => 0, 5);
  assert.deepEqual(search.offsets(), [1, 2]);
});

test('behind the last match the first comes again', () => {
  assert.equal(nextOf([3, 9], undefined, 1), 3);
  assert.equal(nextOf([3, 9], 3, 1), 9);
  assert.equal(nextOf([3, 9], 9, 1), 3);
  assert.equal(nextOf([3, 9], 3, -1), 9);
  assert.equal(nextOf([3, 9], undefined, -1), 9);
  assert.equal(nextOf([], 5, 1), undefined);
});
