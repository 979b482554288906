import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nativeFields, parseJsonAppend, parseNdjsonAppend } from './append-body.ts';
import { compactValue } from './json-text.ts';

test('whitespace goes, everything else stays: for any JSON, however it is laid out', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      const bytes = Buffer.from(text);
      assert.equal(compactValue(bytes, { start: 0, end: bytes.length }).toString(), JSON.stringify(value));
    }),
  );
});

test('a message is found in its body with its text kept, wherever it stands and however it is spelled', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 3), fc.boolean(), (value, indent, isLast) => {
      const body = isLast ? { w: 2, timeoutMs: 5, message: value } : { message: value, timeoutMs: 5, w: 2 };
      const parsed = parseJsonAppend(Buffer.from(` \n${JSON.stringify(body, null, indent)}\t `), nativeFields);
      assert.deepEqual([parsed.messages.map(String), parsed.w, parsed.timeoutMs, parsed.isMany], [[JSON.stringify(value)], 2, 5, false]);
    }),
  );
});

test('a list of messages is taken apart as it is written', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.constantFrom(0, 2), (values, indent) => {
      const parsed = parseJsonAppend(Buffer.from(JSON.stringify({ messages: values }, null, indent)), nativeFields);
      assert.deepEqual(
        parsed.messages.map(String),
        values.map((value) => JSON.stringify(value)),
      );
      const lines = parseNdjsonAppend(Buffer.from(values.map((value) => ` ${JSON.stringify(value)}\r\n`).join('\n')));
      assert.deepEqual(
        lines.messages.map(String),
        values.map((value) => JSON.stringify(value)),
      );
    }),
  );
});

test('names are read with their escapes, and values keep theirs', () => {
  const parsed = parseJsonAppend(Buffer.from('{"m\\u0065ssage" : "\\u0041\\/ \\"x\\" " }'), nativeFields);
  assert.deepEqual(parsed.messages.map(String), ['"\\u0041\\/ \\"x\\" "']);
});
