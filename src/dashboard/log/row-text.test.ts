import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linePieces } from './row-text.ts';
import { patternOf } from './text-search.ts';

function shown(text: string, { charsMax = 100, charsSeen = 100, words = '', textLength = text.length } = {}): string {
  const pieces = linePieces(text, { charsMax, charsSeen, pattern: patternOf(words), textLength });
  return pieces.map((piece) => (piece.isMarked ? `«${piece.text}»` : piece.text)).join('');
}

test('a short message is shown whole', () => {
  assert.equal(shown('{"a":[1,"x"]}'), '{"a":[1,"x"]}');
});

test('neighbouring marks of JSON are one piece', () => {
  const pieces = linePieces('[[{"a":1}]]', { charsMax: 100, charsSeen: 100, pattern: undefined, textLength: 11 });
  assert.deepEqual(
    pieces.map(({ text }) => text),
    ['[[{', '"a"', ':', '1', '}]]'],
  );
});

test('what is searched for is marked, across colours', () => {
  assert.equal(shown('{"one":1,"two":"one"}', { words: 'one' }), '{"«one»":1,"two":"«one»"}');
  assert.equal(shown('{"a":12}', { words: '":1' }), '{"a«"»«:»«1»2}');
});

test('a long message ends with dots', () => {
  assert.equal(shown('"abcdefghij"', { charsMax: 5 }), '"abcd …');
  assert.equal(shown('"abcd', { textLength: 1000 }), '"abcd …');
});

test('a match that is drawn beyond the edge of its cell is brought into sight', () => {
  const text = `"${'x'.repeat(40)} needle"`;
  assert.equal(shown(text, { charsMax: 60, charsSeen: 30, words: 'needle' }), '… xxxxxxxxxxx «needle»"');
  assert.equal(shown(text, { charsMax: 60, charsSeen: 50, words: 'needle' }), `"${'x'.repeat(40)} «needle»"`);
});

test('a match that is far behind is shown', () => {
  assert.equal(
    shown(`"${'x'.repeat(500)} needle, and more"`, { charsMax: 30, charsSeen: 30, words: 'needle' }),
    '… xxxxxxxxxxx «needle», and more"',
  );
});
