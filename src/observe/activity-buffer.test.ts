import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ActivityBuffer } from './activity-buffer.ts';
import type { ActivityEvent } from '../api/activity.ts';

function answered(at: number, code: 'no-room' | null = null): ActivityEvent {
  return { at, kind: 'answered', offset: at, ms: 1, acks: 1, w: 1, code };
}

/** The series to which an event belongs: its kind and node. */
function seriesOf(event: ActivityEvent): string {
  return event.kind === 'held' ? `held ${event.node}` : event.kind;
}

test('a few events are returned unchanged, and only once', () => {
  const events = new ActivityBuffer();
  const few: ActivityEvent[] = [
    { at: 1, kind: 'placed', start: 0, end: 2 },
    { at: 2, kind: 'held', node: 'a', end: 2 },
    { at: 3, kind: 'committed', end: 2 },
    answered(4),
  ];
  for (const event of few) events.add(event);
  assert.deepEqual(events.take(), few);
  assert.deepEqual(events.take(), []);
});

const anySeries = fc.oneof(
  { weight: 8, arbitrary: fc.constant('answered' as const) },
  fc.constantFrom('placed' as const, 'committed' as const, 'held a' as const, 'held b' as const),
);

test('at most 256 events are kept, in order, with the first and the last of each kind and node', () => {
  fc.assert(
    fc.property(fc.array(anySeries, { minLength: 200, maxLength: 3000, size: 'max' }), (drawn) => {
      const events = new ActivityBuffer();
      const all = drawn.map((series, at): ActivityEvent => {
        if (series === 'answered') return answered(at);
        if (series === 'placed') return { at, kind: 'placed', start: at, end: at + 1 };
        if (series === 'committed') return { at, kind: 'committed', end: at };
        return { at, kind: 'held', node: series.slice(-1), end: at };
      });
      for (const event of all) events.add(event);
      const kept = events.take();
      assert.ok(kept.length <= 256);
      assert.ok(kept.length === all.length || kept.length > 128, 'no more events are dropped than necessary');
      assert.deepEqual(
        kept.map(({ at }) => at),
        kept.map(({ at }) => at).toSorted((a, b) => a - b),
      );
      for (const series of new Set(all.map(seriesOf))) {
        const isOfSeries = (event: ActivityEvent): boolean => seriesOf(event) === series;
        assert.equal(kept.find(isOfSeries)?.at, all.find(isOfSeries)?.at, `the first of ${series}`);
        assert.equal(kept.findLast(isOfSeries)?.at, all.findLast(isOfSeries)?.at, `the last of ${series}`);
      }
    }),
    { numRuns: 50 },
  );
});

test('dropped placed events are merged into those that remain, which together have every entry', () => {
  const events = new ActivityBuffer();
  for (let at = 0; at < 10_000; at += 1) events.add({ at, kind: 'placed', start: at, end: at + 1 });
  let end = 0;
  for (const event of events.take()) {
    assert.ok(event.kind === 'placed' && event.start === end);
    ({ end } = event);
  }
  assert.equal(end, 10_000);
});

test('failures are not crowded out by successes', () => {
  const events = new ActivityBuffer();
  for (let at = 0; at < 5000; at += 1) events.add(answered(at, at % 500 === 0 ? 'no-room' : null));
  const failed = events.take().filter((event) => event.kind === 'answered' && event.code !== null);
  assert.equal(failed.length, 10);
});

test('with more nodes than events to keep, the newest events are kept', () => {
  const events = new ActivityBuffer();
  for (let at = 0; at < 1000; at += 1) events.add({ at, kind: 'held', node: `n${at}`, end: 1 });
  assert.deepEqual(
    events.take().map(({ at }) => at),
    Array.from({ length: 256 }, (_unused, n) => 744 + n),
  );
});
