import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageText, readOrigin } from './message-text.ts';
import { RequestTemplate } from './request-template.ts';

test('a template is renumbered in place, each message one above the one before it', () => {
  const item = Buffer.from(messageText({ generator: 7, lane: 63, bytes: 40 }));
  const template = new RequestTemplate({ head: Buffer.from('<'), items: [item, item, item], tail: Buffer.from('>') });
  for (const counter of [0, 9, 98, 123_456_789_012]) {
    const bytes = template.fill(counter);
    const origins = [0, 1, 2].map((index) => readOrigin(bytes, 1 + 40 * index));
    assert.deepEqual(
      origins,
      [0, 1, 2].map((delta) => ({ generator: 7, lane: 63, counter: counter + delta })),
    );
    assert.equal(bytes.length, 122);
  }
});

test('a message has the length that was asked for, and no origin is read from other text', () => {
  assert.equal(messageText({ generator: 0, lane: 0, bytes: 1024 }).length, 1024);
  assert.throws(() => messageText({ generator: 0, lane: 0, bytes: 10 }));
  assert.equal(readOrigin(Buffer.from('hello'), 0), undefined);
});
