import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonLines } from './json-lines.ts';

function shown(text: string): string {
  return [...jsonLines(text)]
    .map(({ depth, tokens }) => {
      const words = tokens.map(({ start, end }) => text.slice(start, end)).join('');
      return '  '.repeat(depth) + words;
    })
    .join('\n');
}

test('each member of an object and each item of a list has a line', () => {
  assert.equal(
    shown('{"a":1,"b":{"c":[],"d":{}},"e":[1,2]}'),
    '{\n  "a":1,\n  "b":{\n    "c":[],\n    "d":{}\n  },\n  "e":[\n    1,\n    2\n  ]\n}',
  );
});

test('a plain value is one line', () => {
  assert.equal(shown('"text, with {marks}"'), '"text, with {marks}"');
});

test('lines are those of JSON.stringify', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const text = JSON.stringify(JSON.parse(json));
      // Colons are written without a space here, in strings as everywhere; so they are left out of the comparison.
      const expected = JSON.stringify(JSON.parse(json), null, 2).replaceAll(': ', ':');
      assert.equal(shown(text).replaceAll(': ', ':'), expected);
    }),
  );
});
