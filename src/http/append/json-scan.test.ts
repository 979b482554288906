import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NotJson, ValueScan } from './json-scan.ts';

/** Where the value in `text` ends when it is scanned in steps of `step` bytes; `undefined` if it is not JSON. */
function endOf(text: string, step: number): number | undefined {
  const scan = new ValueScan(Buffer.from(text)).begin(0);
  try {
    while (!scan.advance(step));
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
  return scan.position;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Texts that are nearly JSON: pieces in any order, and JSON with one piece replaced or inserted. */
const pieces = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '"a"',
  '"\\u00e9"',
  '"\\u12"',
  '"\\x"',
  '\\',
  '0',
  '1',
  '01',
  '-',
  '-0',
  '.5',
  '1.',
  '1.5',
  'e',
  '1e5',
  '1E+5',
  '1e',
  '2e-7',
];
const words = [
  'true',
  'false',
  'null',
  'tru',
  'nul',
  'nulll',
  ' ',
  '\n',
  '\t',
  '\r',
  'é',
  '\u0000',
  '\u001f',
  '"\u0001"',
  '\u007f',
  '"\u2028"',
  '\ufeff',
];
const long = fc
  .tuple(
    fc.array(fc.constantFrom('x'.repeat(50), '\\"', '\\\\', '\\u00e9', 'é', ' '), { maxLength: 20 }),
    fc.constantFrom('', '\u0001', '\\', '\n', '"'),
  )
  .map(([parts, last]) => `["${parts.join('')}${last}${parts.join('')}"]`);
const nearly = fc.oneof(
  long,
  fc.array(fc.constantFrom(...pieces, ...words), { maxLength: 8 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.json({ noUnicodeString: false }), fc.nat(), fc.nat(3), fc.constantFrom('', ...pieces, ...words))
    .map(([text, at, cut, piece]) => {
      const position = at % (text.length + 1);
      return text.slice(0, position) + piece + text.slice(position + cut);
    }),
);

test('the scan accepts exactly what JSON.parse accepts, whatever the size of its steps', () => {
  fc.assert(
    fc.property(nearly, fc.integer({ min: 1, max: 40 }), (text, step) => {
      // The scan begins at the value; its caller skips the whitespace before and after.
      const whole = text.trim() === '' ? text : text.replace(/^[ \t\r\n]+/, '');
      const isWellFormed = Buffer.from(whole).toString() === whole;
      fc.pre(isWellFormed);
      const end = endOf(whole, step);
      const isOne = end !== undefined && /^[ \t\r\n]*$/.test(Buffer.from(whole).subarray(end).toString());
      assert.equal(isOne, isJson(whole), JSON.stringify(whole));
    }),
    { numRuns: 2000 },
  );
});

test('an error says what is wrong and at which byte', () => {
  const saysOf = (text: string): string => {
    try {
      new ValueScan(Buffer.from(text)).begin(0).advance(1000);
      return 'nothing';
    } catch (error) {
      return error instanceof NotJson ? error.what : 'something else';
    }
  };
  assert.deepEqual(['{"a":1,}', '[1 2]', '"a', '{"a":tru}', '"\n"', '[1', '\u00e9'].map(saysOf), [
    'unexpected "}" at byte 7',
    'unexpected "2" at byte 3',
    'unexpected end at byte 2',
    'unexpected "}" at byte 8',
    'unexpected end of the line at byte 1',
    'unexpected end at byte 2',
    'unexpected byte 0xc3 at byte 0',
  ]);
});

test('two hundred thousand levels are scanned in steps of the given size', () => {
  const depth = 200_000;
  const scan = new ValueScan(Buffer.from('['.repeat(depth) + ']'.repeat(depth))).begin(0);
  let steps = 1;
  while (!scan.advance(65_536)) steps += 1;
  assert.deepEqual([scan.position, scan.compactBytes, steps], [2 * depth, 2 * depth, Math.ceil((2 * depth) / 65_536)]);
});
