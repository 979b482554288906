import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogError } from '../../api/problems.ts';
import { eachMessage } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';
import { jsonAppend, nativeFields, ndjsonAppend, textAppend } from './append-body.ts';
import type { AppendBody } from './append-body.ts';
import { problemOf } from '../wire/problem.ts';
import { allAtOnce, stepBytes } from '../wire/steps.ts';
import type { Steps } from '../wire/steps.ts';

const mebibyte = 1024 * 1024;
const rules = { fields: nativeFields, messageBytesMax: 4 * mebibyte };

function parse(text: string): AppendBody {
  return allAtOnce(jsonAppend(Buffer.from(text), rules));
}

function textsOf(messages: PackedMessages): string[] {
  const texts: string[] = [];
  eachMessage(messages, (start, end) => texts.push(messages.bytes.toString('utf8', start, end)));
  return texts;
}

test('a message keeps its text, wherever it is in the body and however it is written', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 3), fc.boolean(), (value, indent, isLast) => {
      const body = isLast ? { w: 2, timeoutMs: 5, message: value } : { message: value, timeoutMs: 5, w: 2 };
      const { messages, w, timeoutMs, isMany } = parse(` \n${JSON.stringify(body, null, indent)}\t `);
      assert.deepEqual([textsOf(messages), w, timeoutMs, isMany], [[JSON.stringify(value)], 2, 5, false]);
    }),
  );
});

test('the messages of a list keep their text', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), fc.constantFrom(0, 2), (values, indent) => {
      const texts = values.map((value) => JSON.stringify(value));
      assert.deepEqual(textsOf(parse(JSON.stringify({ messages: values }, null, indent)).messages), texts);
      const lines = Buffer.from(values.map((value) => ` ${JSON.stringify(value)}\r\n`).join('\n'));
      assert.deepEqual(textsOf(allAtOnce(ndjsonAppend(lines, mebibyte)).messages), texts);
    }),
  );
});

test('escapes in field names are decoded, those in values are kept', () => {
  assert.deepEqual(textsOf(parse('{"m\\u0065ssage" : "\\u0041\\/ \\"x\\" " }').messages), ['"\\u0041\\/ \\"x\\" "']);
});

test('whitespace inside a message is removed, even where it is longer than a step', () => {
  const value = `[${' '.repeat(3 * stepBytes)}"a  b",\n${'\t'.repeat(stepBytes)}{ "c" : [ ] } ]`;
  assert.deepEqual(textsOf(parse(`{"messages":[ ${value} , 1 ]}`).messages), ['["a  b",{"c":[]}]', '1']);
});

/** Runs all steps. @returns how many there were, and what was thrown */
function workOf(steps: Steps<unknown>): { readonly count: number; readonly error: unknown } {
  for (let count = 1; ; count += 1) {
    try {
      if (steps.next().done === true) return { count, error: undefined };
    } catch (error) {
      return { count, error };
    }
  }
}

test('parsing stops as soon as a message is known to be too large', () => {
  for (const piece of ['[],', '{},', '0,', '['.repeat(30)]) {
    const body = Buffer.from(`{"message":[${piece.repeat(mebibyte / piece.length)}`);
    const { count, error } = workOf(jsonAppend(body, { ...rules, messageBytesMax: 4 * stepBytes }));
    assert.ok(error instanceof LogError && error.code === 'message-too-large', String(error));
    assert.ok(count <= 6, `${count} steps`);
  }
});

test('a body of nothing but whitespace, or of many small messages, is parsed in steps', () => {
  const many = Buffer.from(`{"messages":[${'0,'.repeat(99_999)}0]}`);
  const works = [
    workOf(ndjsonAppend(Buffer.alloc(mebibyte, '\n'), mebibyte)),
    workOf(ndjsonAppend(Buffer.alloc(mebibyte, ' '), mebibyte)),
    workOf(jsonAppend(Buffer.from(`{"message":${' '.repeat(mebibyte)}1}`), rules)),
    workOf(jsonAppend(Buffer.from(`{"message":[${' '.repeat(mebibyte)}1]}`), rules)),
  ];
  for (const { count } of works) assert.ok(count >= mebibyte / stepBytes, `${count} steps`);
  assert.ok(workOf(jsonAppend(many, rules)).count >= many.length / stepBytes);
});

test('a hundred thousand messages are packed into one buffer', () => {
  const { messages } = parse(`{"messages":[${'0,'.repeat(99_999)}0]}`);
  assert.deepEqual([messages.count, messages.bytes.length], [100_000, 500_000]);
});

test('keys stand beside the messages, before or after them, one each', () => {
  const keys = ['a', null, 'order 17', 'é'.repeat(255)];
  const messages = [1, [2], null, '4'];
  for (const body of [
    { keys, messages },
    { messages, w: 1, keys },
  ]) {
    for (const indent of [0, 2]) {
      const read = parse(JSON.stringify(body, null, indent));
      assert.deepEqual([read.keys, textsOf(read.messages)], [keys, messages.map((message) => JSON.stringify(message))]);
    }
  }
  assert.equal(parse('{"messages":["a"],"keys":["\\u0061"]}').keys?.[0], 'a');
  const many = Array.from({ length: 100_000 }, (_unused, n) => `key ${n}`);
  const steps = workOf(jsonAppend(Buffer.from(JSON.stringify({ messages: many, keys: many })), rules));
  assert.ok(steps.error === undefined && steps.count >= 100, `${steps.count} steps, so that others are served in between`);
});

test('keys that are not one for each message of a list, or that no header could carry, are refused', () => {
  const long = 'x'.repeat(256);
  const cases: [string, RegExp][] = [
    ['{"message":1,"keys":["a"]}', /"keys" needs "messages"/],
    ['{"keys":["a"]}', /is missing/],
    ['{"messages":[1,2],"keys":["a"]}', /there are 1 for 2 messages/],
    ['{"messages":[1],"keys":["a","b"]}', /there are 2 for 1 messages/],
    ['{"messages":[1],"keys":[]}', /"keys" is empty/],
    ['{"messages":[1],"keys":"a"}', /"keys" must be a list/],
    ['{"messages":[1],"keys":["a"],"keys":["a"]}', /"keys" is given twice/],
    ...['1', '""', '" a"', '"a\\n"', '"з"', `"${long}"`, '"\\ud800"', '["a"]', `"${'y'.repeat(mebibyte)}"`].map((key): [string, RegExp] => [
      `{"messages":[0,1],"keys":["a",${key}]}`,
      /^key 1 must be null, or 1 to 255 printable/,
    ]),
  ];
  for (const [body, message] of cases) {
    const { error } = workOf(jsonAppend(Buffer.from(body), rules));
    assert.ok(error instanceof LogError && error.code === 'bad-request', body.slice(0, 80));
    assert.match(error.message, message);
  }
});

test('a refusal quotes only the beginning of what is wrong, however long or deep it is', () => {
  const long = 'y'.repeat(2 * mebibyte);
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const bodies = [
    `{"message":1,"w":"${long}"}`,
    `{"message":1,"w":${deep}}`,
    `{"message":1,"timeoutMs":${'1'.repeat(300)}}`,
    `{"message":1,"${long}":1}`,
    `{"message":1,"${'y'.repeat(200)}":1}`,
    `{"message":1,"w":${' '.repeat(5)}${'{"a":'.repeat(1000)}`,
  ];
  for (const body of bodies) {
    const { error } = workOf(jsonAppend(Buffer.from(body), rules));
    assert.ok(error instanceof LogError && error.code === 'bad-request', String(error));
    assert.ok(JSON.stringify(problemOf(error, '/messages')).length < 1000);
  }
});

test('a text is measured as the JSON string that it becomes', () => {
  assert.deepEqual(textsOf(textAppend(Buffer.from('a "b"\n'), 20).messages), ['"a \\"b\\"\\n"']);
  assert.throws(() => textAppend(Buffer.from('\u0001\u0001\u0001'), 12), { code: 'message-too-large' });
});
