import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashFor, offsetIn, offsetOf } from './address.ts';

test('an offset goes into the address and comes out of it', () => {
  assert.equal(offsetIn(hashFor(123)), 123);
  assert.equal(offsetIn('#log'), undefined);
  assert.equal(offsetIn('#log?offset=x'), undefined);
});

test('an offset may be typed with marks between the thousands', () => {
  assert.deepEqual(['1,234,567', ' 1 234 567', '1234567'].map(offsetOf), [1234567, 1234567, 1234567]);
  assert.deepEqual(['', '-1', 'abc', '9'.repeat(16)].map(offsetOf), [undefined, undefined, undefined, undefined]);
});
