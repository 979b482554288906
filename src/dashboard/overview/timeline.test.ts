import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActivityEvent } from '../../api/activity.ts';
import { ActivityHistory } from './activity-history.ts';
import { merged, probableSpans, timelineOf, waitingOf } from './timeline.ts';

const members = ['n1', 'n2', 'n3'];

function historyOf(...moments: readonly ActivityEvent[]): ActivityHistory {
  const history = new ActivityHistory();
  history.take(moments);
  return history;
}

const slowFollower: readonly ActivityEvent[] = [
  { at: 100, kind: 'placed', start: 7, end: 8 },
  { at: 101, kind: 'held', node: 'n1', end: 8 },
  { at: 103, kind: 'held', node: 'n3', end: 8 },
  { at: 103.5, kind: 'committed', end: 8 },
  { at: 2100, kind: 'held', node: 'n2', end: 8 },
  { at: 2100.5, kind: 'answered', offset: 7, ms: 2001, acks: 3, w: 'all', code: null },
];

test('a timeline counts from the placing, in the order in which nodes held it', () => {
  const timeline = timelineOf(historyOf(...slowFollower), { span: { start: 7, end: 8 }, w: 'all', members });
  assert.deepEqual(timeline, {
    held: [
      { node: 'n1', ms: 1 },
      { node: 'n3', ms: 3 },
      { node: 'n2', ms: 2000 },
    ],
    committedMs: 3.5,
    metMs: 2000,
    answeredMs: 2000.5,
  });
});

test('a write concern is met when so many members hold it', () => {
  const metAt = (w: number | 'majority' | 'all'): number | undefined =>
    timelineOf(historyOf(...slowFollower.slice(0, 5)), { span: { start: 7, end: 8 }, w, members })?.metMs;
  assert.equal(metAt(1), 1);
  assert.equal(metAt(2), 3);
  assert.equal(metAt('majority'), 3.5);
  assert.equal(metAt('all'), 2000);
  assert.equal(metAt(4), undefined);
});

test('a node that does not count holds it without meeting anything', () => {
  const timeline = timelineOf(historyOf(...slowFollower.slice(0, 4)), { span: { start: 7, end: 8 }, w: 2, members: ['n1', 'n2'] });
  assert.equal(timeline?.held.length, 2);
  assert.equal(timeline?.metMs, undefined);
});

test('what is not placed yet has no timeline', () => {
  assert.equal(timelineOf(historyOf(...slowFollower), { span: { start: 8, end: 9 }, w: 1, members }), undefined);
});

test('a batch is held with its last entry', () => {
  const history = historyOf(
    { at: 100, kind: 'placed', start: 0, end: 10 },
    { at: 101, kind: 'held', node: 'n1', end: 5 },
    { at: 104, kind: 'held', node: 'n1', end: 10 },
  );
  assert.deepEqual(timelineOf(history, { span: { start: 0, end: 10 }, w: 1, members })?.held, [{ node: 'n1', ms: 4 }]);
});

test('an append that was answered well was met by then, even if the moment of it was left out', () => {
  const history = historyOf(
    { at: 100, kind: 'placed', start: 0, end: 1 },
    { at: 102, kind: 'answered', offset: 0, ms: 2, acks: 2, w: 'majority', code: null },
    { at: 150, kind: 'committed', end: 40 },
  );
  assert.equal(timelineOf(history, { span: { start: 0, end: 1 }, w: 'majority', members })?.metMs, 2);
});

test('an append that was answered with a problem is not met by that', () => {
  const history = historyOf(
    { at: 100, kind: 'placed', start: 0, end: 1 },
    { at: 1100, kind: 'answered', offset: 0, ms: 1000, acks: 1, w: 'all', code: 'concern-timeout' },
  );
  const timeline = timelineOf(history, { span: { start: 0, end: 1 }, w: 'all', members });
  assert.equal(timeline?.metMs, undefined);
  assert.equal(timeline?.answeredMs, 1000);
});

test('a timeline keeps what the history has forgotten', () => {
  const before = { held: [{ node: 'n1', ms: 1 }], committedMs: 2, metMs: 2, answeredMs: undefined };
  const now = { held: [{ node: 'n2', ms: 9 }], committedMs: undefined, metMs: undefined, answeredMs: 3 };
  assert.deepEqual(merged(before, now), {
    held: [
      { node: 'n1', ms: 1 },
      { node: 'n2', ms: 9 },
    ],
    committedMs: 2,
    metMs: 2,
    answeredMs: 3,
  });
  assert.equal(merged(before, undefined), before);
});

test('an append waits for as many more as its w needs, of those that lack it', () => {
  const held = [{ node: 'n1', ms: 1 }];
  assert.deepEqual(waitingOf(held, { w: 'all', members }), { more: 2, lacking: ['n2', 'n3'] });
  assert.deepEqual(waitingOf(held, { w: 'majority', members }), { more: 1, lacking: ['n2', 'n3'] });
  assert.deepEqual(waitingOf(held, { w: 1, members }), { more: 0, lacking: ['n2', 'n3'] });
});

test('appends without an answer lie in the placings after they were sent, in their order', () => {
  const history = historyOf(
    { at: 90, kind: 'placed', start: 0, end: 4 },
    { at: 110, kind: 'placed', start: 4, end: 6 },
    { at: 120, kind: 'placed', start: 6, end: 7 },
  );
  const unplaced = [1, 2, 3, 4].map((id) => ({ id, count: 1, sentAt: 100 }));
  assert.deepEqual(
    [...probableSpans(history, unplaced, [])],
    [
      [1, { start: 4, end: 5 }],
      [2, { start: 5, end: 6 }],
      [3, { start: 6, end: 7 }],
    ],
  );
});

test('what an answer has told is not taken for another append', () => {
  const history = historyOf({ at: 110, kind: 'placed', start: 4, end: 7 });
  const spans = probableSpans(history, [{ id: 2, count: 1, sentAt: 100 }], [{ start: 4, end: 6 }]);
  assert.deepEqual(spans.get(2), { start: 6, end: 7 });
});

test('a batch is not looked for in a placing that is smaller', () => {
  const history = historyOf({ at: 110, kind: 'placed', start: 4, end: 7 }, { at: 111, kind: 'placed', start: 7, end: 20 });
  assert.deepEqual(probableSpans(history, [{ id: 1, count: 10, sentAt: 100 }], []).get(1), { start: 7, end: 17 });
});
