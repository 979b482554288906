import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Moments } from './moments.ts';
import type { ActivityEvent } from '../api/activity.ts';

function answered(at: number, code: 'no-room' | null = null): ActivityEvent {
  return { at, kind: 'answered', offset: at, ms: 1, acks: 1, w: 1, code };
}

/** Kind and node of a moment. */
function lineOf(moment: ActivityEvent): string {
  return moment.kind === 'held' ? `held ${moment.node}` : moment.kind;
}

test('a few moments come out as they went in, and only once', () => {
  const moments = new Moments();
  const few: ActivityEvent[] = [
    { at: 1, kind: 'placed', start: 0, end: 2 },
    { at: 2, kind: 'held', node: 'a', end: 2 },
    { at: 3, kind: 'committed', end: 2 },
    answered(4),
  ];
  for (const moment of few) moments.add(moment);
  assert.deepEqual(moments.take(), few);
  assert.deepEqual(moments.take(), []);
});

const anyLine = fc.oneof(
  { weight: 8, arbitrary: fc.constant('answered' as const) },
  fc.constantFrom('placed' as const, 'committed' as const, 'held a' as const, 'held b' as const),
);

test('however many come, 256 are kept, in order, with the earliest and the newest of each kind and node', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { minLength: 200, maxLength: 3000, size: 'max' }), (lines) => {
      const moments = new Moments();
      const all = lines.map((line, at): ActivityEvent => {
        if (line === 'answered') return answered(at);
        if (line === 'placed') return { at, kind: 'placed', start: at, end: at + 1 };
        if (line === 'committed') return { at, kind: 'committed', end: at };
        return { at, kind: 'held', node: line.slice(-1), end: at };
      });
      for (const moment of all) moments.add(moment);
      const kept = moments.take();
      assert.ok(kept.length <= 256);
      assert.ok(kept.length === all.length || kept.length > 128, 'no more is lost than must be');
      assert.deepEqual(
        kept.map(({ at }) => at),
        kept.map(({ at }) => at).toSorted((a, b) => a - b),
      );
      for (const line of new Set(all.map(lineOf))) {
        const isOfLine = (moment: ActivityEvent): boolean => lineOf(moment) === line;
        assert.equal(kept.find(isOfLine)?.at, all.find(isOfLine)?.at, `the earliest of ${line}`);
        assert.equal(kept.findLast(isOfLine)?.at, all.findLast(isOfLine)?.at, `the newest of ${line}`);
      }
    }),
    { numRuns: 50 },
  );
});

test('places that are thinned out are in those that are left: together they have every entry', () => {
  const moments = new Moments();
  for (let at = 0; at < 10_000; at += 1) moments.add({ at, kind: 'placed', start: at, end: at + 1 });
  let end = 0;
  for (const moment of moments.take()) {
    assert.ok(moment.kind === 'placed' && moment.start === end);
    ({ end } = moment);
  }
  assert.equal(end, 10_000);
});

test('what fails is not drowned by what goes well', () => {
  const moments = new Moments();
  for (let at = 0; at < 5000; at += 1) moments.add(answered(at, at % 500 === 0 ? 'no-room' : null));
  const failed = moments.take().filter((moment) => moment.kind === 'answered' && moment.code !== null);
  assert.equal(failed.length, 10);
});

test('with more nodes than moments that may be kept, the newest are', () => {
  const moments = new Moments();
  for (let at = 0; at < 1000; at += 1) moments.add({ at, kind: 'held', node: `n${at}`, end: 1 });
  assert.deepEqual(
    moments.take().map(({ at }) => at),
    Array.from({ length: 256 }, (_unused, n) => 744 + n),
  );
});
