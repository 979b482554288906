import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { refuseOnWire } from './wire-refusal.ts';

function answerTo(error: Error): string {
  const socket = new PassThrough();
  refuseOnWire(error, socket);
  return String(socket.read());
}

test('a request that did not come in time is 408, and can be sent again', () => {
  const answer = answerTo(Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }));
  assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assert.match(answer, /"code":"request-timeout","outcome":"rejected","retryable":true/);
});

test('what the parser finds wrong is never our failure', () => {
  assert.match(answerTo(Object.assign(new Error('odd'), { code: 'HPE_SOMETHING_NEW' })), /^HTTP\/1\.1 400 [^]*"code":"bad-request"/);
});
