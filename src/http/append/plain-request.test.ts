import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainHead } from './plain-request.ts';

/** Raw headers: names and values in turn. */
function head(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flat();
}

const nothingMore = { key: undefined, authorization: undefined, caller: undefined, trace: undefined, forwarded: undefined };
const plain = { Host: 'localhost:5000', 'Content-Type': 'application/json', 'Content-Length': '15' };

test('a JSON body of a known length is plain, whatever the case of the header names', () => {
  assert.deepEqual(plainHead('/messages', head(plain)), { ...nothingMore, bodyBytes: 15 });
  assert.deepEqual(plainHead('/messages', ['content-type', 'application/json; charset=utf-8', 'CONTENT-LENGTH', '1', 'accept', '*/*']), {
    ...nothingMore,
    bodyBytes: 1,
  });
});

test('a plain request may have an idempotency key', () => {
  assert.deepEqual(plainHead('/messages', head({ ...plain, 'Idempotency-Key': 'order-17' })), {
    ...nothingMore,
    bodyBytes: 15,
    key: 'order-17',
  });
});

test('a plain request may show a token, or say for whom a node asks', () => {
  assert.deepEqual(plainHead('/messages', head({ ...plain, Authorization: 'Bearer x', 'Rlog-Caller': 'ops;append' })), {
    ...nothingMore,
    bodyBytes: 15,
    authorization: 'Bearer x',
    caller: 'ops;append',
  });
});

test('a plain request may say which trace it belongs to', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const traced = { ...plain, Traceparent: traceparent };
  assert.deepEqual(plainHead('/messages', head(traced))?.trace, { traceparent, tracestate: undefined });
  assert.deepEqual(plainHead('/messages', head({ ...traced, Tracestate: 'shop=1' }))?.trace, { traceparent, tracestate: 'shop=1' });
  assert.equal(plainHead('/messages', head({ ...plain, Tracestate: 'shop=1' }))?.trace, undefined);
  assert.equal(plainHead('/messages', [...head(traced), 'traceparent', traceparent]), undefined);
});

for (const [what, headers] of Object.entries({
  'without a body': { 'content-type': 'application/json' },
  'with an empty body': { ...plain, 'Content-Length': '0' },
  'with a length that is not a number': { ...plain, 'Content-Length': '1e3' },
  'with a negative length': { ...plain, 'Content-Length': '-1' },
  'without a type': { 'content-length': '15' },
  'of another type': { ...plain, 'Content-Type': 'text/plain' },
  'in another charset': { ...plain, 'Content-Type': 'application/json; charset=latin1' },
  'in chunks': { ...plain, 'Transfer-Encoding': 'chunked' },
  'with an encoded body': { ...plain, 'Content-Encoding': 'gzip' },
  'with an expectation': { ...plain, Expect: '100-continue' },
  'that names a dialect': { ...plain, 'Rlog-Dialect': 'envelope' },
  'that another node forwarded without its settings': { ...plain, 'Rlog-Forwarded': 's1' },
  'with an empty key': { ...plain, 'Idempotency-Key': '' },
  'with a key that is too long': { ...plain, 'Idempotency-Key': 'k'.repeat(256) },
})) {
  test(`a request ${what} is left to Fastify`, () => {
    assert.equal(plainHead('/messages', head(headers)), undefined);
  });
}

test('a request with a header twice is left to Fastify', () => {
  for (const name of ['Content-Type', 'Content-Length'] as const) {
    assert.equal(plainHead('/messages', [...head(plain), name, plain[name]]), undefined, name);
  }
  for (const name of ['Idempotency-Key', 'Authorization', 'Rlog-Caller']) {
    assert.equal(plainHead('/messages', [name, 'a', ...head(plain), name, 'a']), undefined, name);
  }
});

const forwarded = { ...plain, 'Rlog-Forwarded': 's1', 'Rlog-Leader-Epoch': '7' };

test('an append that another node forwarded is plain, with its settings in the query and the epoch of the leader that it is for', () => {
  const { 'Rlog-Leader-Epoch': _epoch, ...epochless } = forwarded;
  const identified = { ...forwarded, 'Rlog-Forward-Identity': '5-12' };
  for (const [target, headers, expected] of [
    [
      '/messages?w=majority&timeoutMs=5000',
      forwarded,
      { leaderEpoch: 7, identity: undefined, settings: { w: 'majority', timeoutMs: 5000, ifEpoch: undefined } },
    ],
    [
      '/messages?w=2&timeoutMs=600000',
      epochless,
      { leaderEpoch: undefined, identity: undefined, settings: { w: 2, timeoutMs: 600_000, ifEpoch: undefined } },
    ],
    [
      '/messages?w=2&timeoutMs=600000',
      identified,
      { leaderEpoch: 7, identity: { forwarder: 5, number: 12 }, settings: { w: 2, timeoutMs: 600_000, ifEpoch: undefined } },
    ],
  ] as const) {
    assert.deepEqual(plainHead(target, head(headers)), { ...nothingMore, bodyBytes: 15, forwarded: { by: 's1', ...expected } });
  }
});

test('a forwarded append whose settings or epoch no node would write is left to Fastify, and so are settings of a client in the query', () => {
  for (const target of ['/messages?w=0&timeoutMs=5000', '/messages?w=1&timeoutMs=600001', '/messages?w=1', '/messagesx', '/'])
    assert.equal(plainHead(target, head(forwarded)), undefined, target);
  const target = '/messages?w=1&timeoutMs=5000';
  for (const epoch of ['', '7x', '7, 7']) assert.equal(plainHead(target, head({ ...forwarded, 'Rlog-Leader-Epoch': epoch })), undefined);
  assert.equal(plainHead(target, [...head(forwarded), 'rlog-leader-epoch', '7']), undefined);
  for (const identity of ['', '5', '5-', '5-12, 5-12']) {
    assert.equal(plainHead(target, head({ ...forwarded, 'Rlog-Forward-Identity': identity })), undefined);
  }
  assert.equal(plainHead(target, head(plain)), undefined);
});
