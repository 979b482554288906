import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { epoch } from '../../core/model/numbers.ts';
import { packMessages } from '../../protocol/packed-messages.ts';
import type { PackedMessages } from '../../protocol/packed-messages.ts';
import { allAtOnce } from '../wire/steps.ts';
import { jsonAppend, nativeFields, ndjsonAppend } from './append-body.ts';
import { forwardedBody, forwardedTarget, readForwardedTarget } from './forwarded-append.ts';

const unsaid = { w: undefined, timeoutMs: undefined, ifEpoch: undefined };
const rules = { fields: nativeFields, messageBytesMax: 1024 };

function packed(...texts: string[]): PackedMessages {
  return packMessages(texts.map((text) => Buffer.from(text)));
}

test('the leader reads from a forwarded append what the client sent', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (values) => {
      const messages = packed(...values.map((value) => JSON.stringify(value)));
      const { contentType, bytes } = forwardedBody(messages, 1024 * 1024);
      assert.equal(contentType, 'application/json');
      const read = allAtOnce(jsonAppend(bytes, { ...rules, messageBytesMax: 1024 * 1024 }));
      assert.deepEqual(read, { messages, keys: undefined, isMany: values.length > 1, ...unsaid });
    }),
  );
});

test('the leader reads the keys of messages as the client sent them, from a body that is no longer than the client’s', () => {
  const keys = ['a', null, 'é "\\" ÿ'];
  const messages = packed('1', '"b"', '{"c":[]}');
  const sent = Buffer.from(`{"keys":${JSON.stringify(keys)},"messages":[1,"b",{"c":[]}]}`);
  const { contentType, bytes } = forwardedBody(messages, 1, keys);
  assert.equal(contentType, 'application/json');
  assert.equal(bytes.toString(), sent.toString());
  assert.deepEqual(allAtOnce(jsonAppend(bytes, rules)), { messages, keys, isMany: true, ...unsaid });
  // One message alone is a list too: only a list has keys.
  assert.deepEqual(allAtOnce(jsonAppend(forwardedBody(packed('1'), 1, ['a']).bytes, rules)).keys, ['a']);
});

test('a body that would be too large as JSON is forwarded as lines, which are no longer than what the client sent', () => {
  const messages = packed('"a"', '"b"');
  assert.equal(forwardedBody(messages, 22).bytes.toString(), '{"messages":["a","b"]}');
  const { contentType, bytes } = forwardedBody(messages, 21);
  assert.deepEqual([contentType, bytes.toString()], ['application/x-ndjson', '"a"\n"b"']);
  assert.deepEqual(allAtOnce(ndjsonAppend(bytes, 1024)).messages, messages);
});

test('all settings are in the request target, and are read back from it', () => {
  for (const w of ['majority', 'all', 1, 999_999_999_999_999] as const) {
    for (const ifEpoch of [undefined, epoch(1), epoch(999_999_999_999_999)]) {
      const settings = { w, timeoutMs: 5000, ifEpoch };
      assert.deepEqual(readForwardedTarget(forwardedTarget(settings)), settings);
    }
  }
});

test('an append for any epoch is forwarded as to a leader of an older version, and one for an epoch is not for such a leader', () => {
  const settings = { w: 'majority', timeoutMs: 5000 } as const;
  assert.equal(forwardedTarget({ ...settings, ifEpoch: undefined }), '/messages?w=majority&timeoutMs=5000');
  // A leader that does not know this parameter refuses it, like any that is unknown.
  assert.equal(forwardedTarget({ ...settings, ifEpoch: epoch(7) }), '/messages?w=majority&timeoutMs=5000&ifEpoch=7');
  assert.equal(readForwardedTarget('/messages?w=majority&timeoutMs=5000&ifEpoch=0'), undefined);
});
