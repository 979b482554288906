import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainHead } from './plain-request.ts';

/** Names and values, as they come from the wire. */
function head(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flat();
}

const plain = { Host: 'localhost:5000', 'Content-Type': 'application/json', 'Content-Length': '15' };

test('a JSON body of a known length is plain, however the names of its headers are written', () => {
  assert.deepEqual(plainHead(head(plain)), { bodyBytes: 15, key: undefined });
  assert.deepEqual(plainHead(['content-type', 'application/json; charset=utf-8', 'CONTENT-LENGTH', '1', 'accept', '*/*']), {
    bodyBytes: 1,
    key: undefined,
  });
});

test('the key of a retry is told', () => {
  assert.deepEqual(plainHead(head({ ...plain, 'Idempotency-Key': 'order-17' })), { bodyBytes: 15, key: 'order-17' });
});

for (const [what, headers] of Object.entries({
  'without a body': { 'content-type': 'application/json' },
  'with an empty body': { ...plain, 'Content-Length': '0' },
  'with a length that is none': { ...plain, 'Content-Length': '1e3' },
  'with a length that is negative': { ...plain, 'Content-Length': '-1' },
  'without a type': { 'content-length': '15' },
  'of another type': { ...plain, 'Content-Type': 'text/plain' },
  'in another charset': { ...plain, 'Content-Type': 'application/json; charset=latin1' },
  'in chunks': { ...plain, 'Transfer-Encoding': 'chunked' },
  'with a coded body': { ...plain, 'Content-Encoding': 'gzip' },
  'with an expectation': { ...plain, Expect: '100-continue' },
  'that names a dialect': { ...plain, 'Rlog-Dialect': 'envelope' },
  'that another node passed on': { ...plain, 'Rlog-Forwarded': '1' },
  'with an empty key': { ...plain, 'Idempotency-Key': '' },
  'with a key that is too long': { ...plain, 'Idempotency-Key': 'k'.repeat(256) },
})) {
  test(`a request ${what} is for the framework to judge`, () => {
    assert.equal(plainHead(head(headers)), undefined);
  });
}

test('so is one with a header twice', () => {
  for (const name of ['Content-Type', 'Content-Length'] as const) {
    assert.equal(plainHead([...head(plain), name, plain[name]]), undefined, name);
  }
  assert.equal(plainHead(['Idempotency-Key', 'a', ...head(plain), 'Idempotency-Key', 'a']), undefined);
});
