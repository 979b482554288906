import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShownEnd } from './shown-end.ts';

interface Step {
  readonly count: number;
  readonly readEnd?: number;
  readonly isFollowing?: boolean;
  readonly nowMs?: number;
}

function shownAfter(steps: readonly Step[]): number[] {
  const end = new ShownEnd();
  return steps.map(({ count, readEnd = 0, isFollowing = true, nowMs = 0 }) =>
    end.next({ count, isFollowing, isRead: (wanted) => wanted <= readEnd, nowMs }),
  );
}

test('rows come when their entries were read', () => {
  assert.deepEqual(
    shownAfter([{ count: 10 }, { count: 10, readEnd: 10 }, { count: 12, readEnd: 10 }, { count: 12, readEnd: 12 }]),
    [0, 10, 10, 12],
  );
});

test('a log that grows faster than it is read is shown in leaps', () => {
  assert.deepEqual(
    shownAfter([
      { count: 10, readEnd: 10 },
      { count: 100, readEnd: 10 },
      { count: 200, readEnd: 10 },
      { count: 300, readEnd: 100 },
      { count: 400, readEnd: 300 },
    ]),
    [10, 10, 10, 100, 300],
  );
});

test('what cannot be read is shown after a while', () => {
  assert.deepEqual(shownAfter([{ count: 10 }, { count: 10, nowMs: 1000 }, { count: 10, nowMs: 1001 }]), [0, 0, 10]);
});

test('an end that goes down is shown at once', () => {
  assert.deepEqual(
    shownAfter([
      { count: 10, readEnd: 10 },
      { count: 20, readEnd: 10 },
      { count: 15, readEnd: 10 },
      { count: 8, readEnd: 8 },
    ]),
    [10, 10, 15, 8],
  );
});

test('who does not follow sees the log as long as it is', () => {
  assert.deepEqual(
    shownAfter([
      { count: 10, isFollowing: false },
      { count: 20, isFollowing: false },
    ]),
    [10, 20],
  );
});
