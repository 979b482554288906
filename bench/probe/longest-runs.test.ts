import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestRuns } from './longest-runs.ts';
import type { CallRun } from './longest-runs.ts';

const names = ['(root)', '(idle)', '(garbage collector)', 'onRead', 'append', 'onTimer', 'heartbeat'];
const callFrame = (functionName: string, url: string) => ({ functionName, url, lineNumber: 9 });
const nodes = [
  { id: 0, callFrame: callFrame('(root)', ''), children: [1, 2, 3, 5] },
  { id: 1, callFrame: callFrame('(idle)', '') },
  { id: 2, callFrame: callFrame('(garbage collector)', '') },
  { id: 3, callFrame: callFrame('onRead', 'node:internal/net'), children: [4] },
  { id: 4, callFrame: callFrame('append', 'file:///x/src/http/append.ts') },
  { id: 5, callFrame: callFrame('onTimer', 'node:internal/timers'), children: [6] },
  { id: 6, callFrame: callFrame('heartbeat', 'file:///x/src/core/leader.ts') },
];

function runsOf(samples: readonly string[], deltas = samples.map(() => 1000)): readonly CallRun[] {
  const profile = { nodes, samples: samples.map((name) => names.indexOf(name)), timeDeltas: deltas };
  return longestRuns(profile, { samplingMicros: 1000, isOurs: (url) => url.includes('/src/'), count: 10 });
}

test('samples below one outermost function are one call, and another function or idleness ends it', () => {
  const runs = runsOf(['append', 'append', 'onRead', 'heartbeat', '(idle)', 'append', '(idle)']);
  assert.deepEqual(runs, [
    { ms: 3, busiest: 'append (append.ts:10)' },
    { ms: 1, busiest: 'heartbeat (leader.ts:10)' },
    { ms: 1, busiest: 'append (append.ts:10)' },
  ]);
});

test('samples of the garbage collector do not count, and do not end a call', () => {
  assert.deepEqual(runsOf(['append', '(garbage collector)', '(garbage collector)', 'append', '(idle)']), [
    { ms: 2, busiest: 'append (append.ts:10)' },
  ]);
});

test('time in which the process did not run does not count', () => {
  assert.deepEqual(runsOf(['append', 'append', '(idle)'], [1000, 50_000, 1000]), [{ ms: 5, busiest: 'append (append.ts:10)' }]);
});

test('a call without any of our functions does not count', () => {
  assert.deepEqual(runsOf(['onRead', 'onRead', '(idle)']), []);
});
