import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tokensOf } from './json-tokens.ts';

function shown(text: string, end?: number): string[] {
  return [...tokensOf(text, end)].map(({ kind, start, end: stop }) => `${kind} ${text.slice(start, stop)}`);
}

test('keys, strings, numbers and literals are told apart', () => {
  assert.deepEqual(shown('{"a":-1.50,"b":["x",true,null]}'), [
    'punctuation {',
    'key "a"',
    'punctuation :',
    'number -1.50',
    'punctuation ,',
    'key "b"',
    'punctuation :',
    'punctuation [',
    'string "x"',
    'punctuation ,',
    'literal true',
    'punctuation ,',
    'literal null',
    'punctuation ]',
    'punctuation }',
  ]);
});

test('quotes behind backslashes do not end a string', () => {
  assert.deepEqual(shown('["a\\"b","c\\\\","d"]'), [
    'punctuation [',
    'string "a\\"b"',
    'punctuation ,',
    'string "c\\\\"',
    'punctuation ,',
    'string "d"',
    'punctuation ]',
  ]);
});

test('text that is cut off anywhere gives all tokens of what is there', () => {
  assert.deepEqual(shown('{"key":"lon'), ['punctuation {', 'key "key"', 'punctuation :', 'string "lon']);
  assert.deepEqual(shown('[1234,5]', 4), ['punctuation [', 'number 123']);
});

test('of compact JSON nothing is lost', () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), (json, cut) => {
      const text = JSON.stringify(JSON.parse(json));
      const end = Math.min(cut, text.length);
      const together = [...tokensOf(text, end)].map((token) => text.slice(token.start, token.end)).join('');
      assert.equal(together, text.slice(0, end));
    }),
  );
});
