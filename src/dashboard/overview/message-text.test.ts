import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curlText } from './curl-text.ts';
import { messageOf } from './message-text.ts';

test('what is JSON goes as it was typed', () => {
  assert.deepEqual(messageOf(' {"b": 1.50, "a": 2} '), { json: '{"b": 1.50, "a": 2}', kind: 'an object', isJson: true });
  assert.equal(messageOf('12').kind, 'a number');
  assert.equal(messageOf('null').kind, 'null');
  assert.equal(messageOf('false').kind, 'false');
  assert.equal(messageOf('["a"]').kind, 'a list');
});

test('what is not JSON goes as a string, whole', () => {
  assert.deepEqual(messageOf('Hello "you"\n'), { json: String.raw`"Hello \"you\"\n"`, kind: 'a string', isJson: false });
  assert.equal(messageOf('').json, '""');
});

test('a quote in the message does not end the argument of curl', () => {
  const text = curlText('http://localhost:5000', { json: '"it\'s"', w: 2, timeoutMs: 1000 });
  assert.equal(
    text,
    `curl -X POST http://localhost:5000/messages -H 'Content-Type: application/json' -d '{"message":"it'\\''s","w":2,"timeoutMs":1000}'`,
  );
});
