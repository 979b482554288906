import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientLink } from './client-link.ts';

test('a request goes to the leader, and its answer comes back', () => {
  const link = new ClientLink();
  link.asks(0);
  link.advance(150);
  assert.deepEqual(link.requests, [0.5]);
  link.advance(150);
  assert.deepEqual(link.requests, []);
  assert.equal(link.isMoving, false);
  link.isAnswered(1000);
  link.advance(75);
  assert.deepEqual(link.answers, [0.75]);
  link.advance(300);
  assert.equal(link.isMoving, false);
});

test('requests at the same moment share a dot', () => {
  const link = new ClientLink();
  for (const at of [0, 10, 50, 89, 90]) link.asks(at);
  assert.equal(link.requests.length, 2);
});
