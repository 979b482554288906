import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Nodes } from './nodes.ts';
import { ProblemError, problemIn } from './problem-error.ts';
import type { ProblemCode } from './problem-error.ts';
import { nextTry, retryAfterOf } from './retrying.ts';

function problem(code: ProblemCode, retryable = true): ProblemError {
  return new ProblemError({ code, detail: 'x', outcome: 'unknown', retryable });
}

test('a failure that will not pass is not retried', () => {
  assert.equal(nextTry({ problem: problem('key-reused', false), retryAfterMs: 1000, failedBefore: 0, nodeCount: 3 }, 0.5), undefined);
});

test('retries back off, up to a limit, and never wait less than the node asked for', () => {
  const wait = (failedBefore: number, random: number, retryAfterMs?: number): number | undefined =>
    nextTry({ problem: problem('overloaded'), retryAfterMs, failedBefore, nodeCount: 3 }, random)?.waitMs;
  assert.equal(wait(0, 0), 0);
  assert.equal(wait(0, 0.5), 25);
  assert.equal(wait(3, 0.5), 200);
  assert.equal(wait(50, 0.999), 1998);
  assert.equal(wait(0, 0.5, 1000), 1025);
});

test('when a node fails, another one is asked at once, and the failed one is left alone for the time that it asked for', () => {
  const next = nextTry({ problem: problem('shutting-down'), retryAfterMs: 5000, failedBefore: 1, nodeCount: 3 }, 0.5);
  assert.deepEqual(next, { isElsewhere: true, restMs: 5000, waitMs: 25 });
  // A lone node is waited for.
  assert.deepEqual(nextTry({ problem: problem('shutting-down'), retryAfterMs: 5000, failedBefore: 0, nodeCount: 1 }, 0.5), {
    isElsewhere: false,
    restMs: 0,
    waitMs: 5025,
  });
});

test('a node that reports a problem with the leader is left, since another one may know more', () => {
  for (const code of ['no-leader', 'no-quorum', 'not-leader', 'epoch-ended', 'forward-failed', 'read-timeout'] as const) {
    assert.equal(nextTry({ problem: problem(code), retryAfterMs: 1000, failedBefore: 0, nodeCount: 3 }, 0.5)?.isElsewhere, true, code);
  }
});

test('nodes are asked in turn, and those that are being left alone come last', () => {
  const nodes = new Nodes(['http://a:1/', 'http://b:2', 'http://c:3']);
  assert.equal(nodes.current, 'http://a:1');
  assert.equal(nodes.leave('http://a:1', { now: 0, restMs: 5000 }), 0);
  assert.equal(nodes.current, 'http://b:2');
  // Another request has turned away from this node already: the current one is not left for it.
  assert.equal(nodes.leave('http://a:1', { now: 10, restMs: 5000 }), 0);
  assert.equal(nodes.current, 'http://b:2');
  nodes.leave('http://b:2', { now: 20, restMs: 0 });
  assert.equal(nodes.current, 'http://c:3');
  nodes.leave('http://c:3', { now: 30, restMs: 9000 });
  assert.equal(nodes.current, 'http://b:2');
  assert.equal(nodes.leave('http://b:2', { now: 40, restMs: 9000 }), 4970);
  assert.equal(nodes.current, 'http://a:1');
  for (const urls of ['', 'ftp://x', []]) assert.throws(() => new Nodes(urls), TypeError);
});

test('if a node is gone and all others are being left alone, they are asked soon, one after the other', () => {
  const nodes = new Nodes(['http://a', 'http://b', 'http://c']);
  // The first is suspended, the second stops.
  assert.equal(nodes.leaveGone('http://a', { now: 0, restMs: 5000 }), 0);
  assert.equal(nodes.leaveGone('http://b', { now: 1000, restMs: 5000 }), 0);
  // The third is killed. The first may be back, and then the second: it is not this one again and again.
  const asked: string[] = [];
  for (let now = 2000; now < 2900; now += 300) {
    assert.equal(nodes.leaveGone(nodes.current, { now, restMs: 0 }), 250);
    asked.push(nodes.current);
  }
  assert.deepEqual(asked, ['http://a', 'http://b', 'http://c']);
  // A node that asked for time gets it.
  nodes.turnTo('http://a');
  nodes.leave('http://a', { now: 2900, restMs: 60_000 });
  nodes.turnTo('http://c');
  nodes.leaveGone('http://c', { now: 2910, restMs: 0 });
  assert.equal(nodes.current, 'http://b');
  nodes.leaveGone('http://b', { now: 2920, restMs: 0 });
  assert.equal(nodes.current, 'http://c');
  // A node whose time is over comes first.
  assert.equal(nodes.leaveGone('http://c', { now: 5000, restMs: 0 }), 0);
  assert.equal(nodes.current, 'http://b');
});

test('learned nodes come after the given ones, and are dropped when they are no longer listed, except for the current one', () => {
  const nodes = new Nodes(['http://a:1', 'http://b:2']);
  nodes.learn(['http://c:3', 'http://b:2']);
  assert.deepEqual(nodes.all, ['http://a:1', 'http://b:2', 'http://c:3']);
  nodes.learn(['http://d:4']);
  assert.deepEqual(nodes.all, ['http://a:1', 'http://b:2', 'http://d:4']);
  assert.deepEqual(nodes.othersThan('http://b:2', 0), ['http://d:4', 'http://a:1']);
  nodes.turnTo('http://d:4');
  nodes.learn([]);
  assert.deepEqual([nodes.current, nodes.count], ['http://d:4', 3]);
  nodes.leave('http://d:4', { now: 0, restMs: 5000 });
  assert.equal(nodes.current, 'http://a:1');
  nodes.learn([]);
  assert.deepEqual(nodes.all, ['http://a:1', 'http://b:2']);
});

test('Retry-After is seconds or a date', () => {
  assert.equal(retryAfterOf('5', 0), 5000);
  assert.equal(retryAfterOf('Thu, 01 Jan 1970 00:00:10 GMT', 4000), 6000);
  assert.equal(retryAfterOf(null, 0), undefined);
  assert.equal(retryAfterOf('soon', 0), undefined);
});

test('a problem document becomes an error with its code, outcome and facts; anything else does not', () => {
  const text = JSON.stringify({
    type: 't',
    title: 'T',
    status: 504,
    detail: 'd',
    code: 'concern-timeout',
    outcome: 'unknown',
    retryable: true,
    acks: 2,
  });
  const error = problemIn(text, 504);
  assert.deepEqual([error?.code, error?.outcome, error?.retryable, error?.status], ['concern-timeout', 'unknown', true, 504]);
  assert.deepEqual(error?.facts, { acks: 2 });
  for (const other of ['<html>', 'null', '{}', '{"code":1}']) assert.equal(problemIn(other, 500), undefined);
});
