import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { refuseOnWire } from './wire-refusal.ts';

function answerTo(error: Error): string {
  const socket = new PassThrough();
  refuseOnWire(error, socket);
  return String(socket.read());
}

test('a request that did not arrive in time gets 408, and can be retried', () => {
  const answer = answerTo(Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }));
  assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assert.match(answer, /"code":"request-timeout","outcome":"rejected","retryable":true/);
});

test('an error of the HTTP parser is never an internal error', () => {
  assert.match(answerTo(Object.assign(new Error('odd'), { code: 'HPE_SOMETHING_NEW' })), /^HTTP\/1\.1 400 [^]*"code":"bad-request"/);
});
