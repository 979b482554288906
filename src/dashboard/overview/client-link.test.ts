import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientLink } from './client-link.ts';

test('a request goes to the leader, and its answer comes back', () => {
  const link = new ClientLink();
  link.asks();
  link.advance(150);
  assert.deepEqual(link.requests, [0.5]);
  link.advance(150);
  assert.deepEqual(link.requests, []);
  assert.equal(link.isMoving, false);
  link.isAnswered();
  link.advance(75);
  assert.deepEqual(link.answers, [0.75]);
  link.advance(300);
  assert.equal(link.isMoving, false);
});

test('requests close behind each other share a dot', () => {
  const link = new ClientLink();
  for (const passedMs of [0, 10, 40, 39]) {
    link.advance(passedMs);
    link.asks();
  }
  assert.equal(link.requests.length, 1);
  link.advance(2);
  link.asks();
  assert.equal(link.requests.length, 2);
});

test('what came while nothing was drawn is one dot, however much it is', () => {
  const link = new ClientLink();
  for (let request = 0; request < 10_000; request += 1) {
    link.asks();
    link.isAnswered();
  }
  assert.deepEqual([link.requests, link.answers], [[0], [1]]);
});
