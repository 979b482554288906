import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packMessages } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';
import { allAtOnce } from '../wire/steps.ts';
import { jsonAppend, nativeFields, ndjsonAppend } from './append-body.ts';
import { forwardedBody, forwardedTarget, readForwardedTarget } from './forwarded-append.ts';

const rules = { fields: nativeFields, messageBytesMax: 1024 };

function packed(...texts: string[]): PackedMessages {
  return packMessages(texts.map((text) => Buffer.from(text)));
}

test('what one node passes on is, to the leader, what the client sent', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (values) => {
      const messages = packed(...values.map((value) => JSON.stringify(value)));
      const { contentType, bytes } = forwardedBody(messages, 1024 * 1024);
      assert.equal(contentType, 'application/json');
      const read = allAtOnce(jsonAppend(bytes, { ...rules, messageBytesMax: 1024 * 1024 }));
      assert.deepEqual(read, { messages, isMany: values.length > 1, w: undefined, timeoutMs: undefined });
    }),
  );
});

test('a body that is too large with what JSON needs around it goes as lines, which need no more than the client did', () => {
  const messages = packed('"a"', '"b"');
  assert.equal(forwardedBody(messages, 22).bytes.toString(), '{"messages":["a","b"]}');
  const { contentType, bytes } = forwardedBody(messages, 21);
  assert.deepEqual([contentType, bytes.toString()], ['application/x-ndjson', '"a"\n"b"']);
  assert.deepEqual(allAtOnce(ndjsonAppend(bytes, 1024)).messages, messages);
});

test('both settings are in the target, and are read back', () => {
  for (const w of ['majority', 'all', 1, 999_999_999_999_999] as const) {
    const wait = { w, timeoutMs: 5000 };
    assert.deepEqual(readForwardedTarget(forwardedTarget(wait)), wait);
  }
});
