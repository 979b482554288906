import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isJson } from './is-json.ts';

function takes(text: string | Uint8Array): boolean {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return isJson(bytes, 0, bytes.length);
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

test('every JSON value is accepted, whatever surrounds it', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (text, around) => {
      const bytes = Buffer.from(`${around}${text}${around}`);
      const start = Buffer.byteLength(around);
      assert.ok(isJson(bytes, start, start + Buffer.byteLength(text)), text);
    }),
  );
});

test('what is nearly JSON is accepted exactly if JSON.parse accepts it', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    'a',
    '\\',
    '\\u00e9',
    '\\x',
    '0',
    '12',
    '-',
    '.',
    '5',
    'e',
    '+',
    'true',
    'nul',
    'null',
    ' ',
    'é',
    '\u0001',
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 8 }), fc.json({ maxDepth: 2 }), fc.nat(40), (some, whole, at) => {
      for (const text of [some.join(''), whole.slice(0, at) + some.join('') + whole.slice(at + 1)]) {
        assert.equal(takes(text), parses(text), JSON.stringify(text));
      }
    }),
    { numRuns: 2000 },
  );
});

test('bytes that are not UTF-8 are refused as a strict decoder refuses them', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const isUtf8 = (bytes: Uint8Array): boolean => {
    try {
      strict.decode(bytes);
      return true;
    } catch {
      return false;
    }
  };
  const byte = fc.oneof(
    fc.integer({ min: 0x80, max: 0xff }),
    fc.constantFrom(0x61, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xed, 0xf0, 0xf4),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), (bytes) => {
      assert.equal(
        takes(Uint8Array.from([0x22, ...bytes, 0x22])),
        isUtf8(Uint8Array.from(bytes)),
        bytes.map((value) => value.toString(16)).join(' '),
      );
    }),
    { numRuns: 3000 },
  );
});

test('a million levels need no stack, and a line feed outside strings is refused', () => {
  const deep = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
  assert.deepEqual([takes(deep), takes(deep.slice(1)), takes(deep.slice(0, -1))], [true, false, false]);
  assert.deepEqual([takes('[1, 2]'), takes('"a"\r'), takes('[1,\n2]'), takes('1\n')], [true, true, false, false]);
});
