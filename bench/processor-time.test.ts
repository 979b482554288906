import assert from 'node:assert/strict';
import { test } from 'node:test';
import { processorMs, processorMsIn } from './processor-time.ts';

test('user and system time are found behind a name of any form', () => {
  const rest = 'S 1 2 3 0 -1 4194304 900 0 0 0 250 130 7 8 20 0 11 0 5000 1000000 200';
  for (const name of ['node', 'a b', 'odd) S 1 (name']) assert.equal(processorMsIn(`42 (${name}) ${rest}\n`), 3800, name);
});

test('what a process computes shows in its processor time', () => {
  const before = processorMs(process.pid);
  const deadline = performance.now() + 20_000;
  while (processorMs(process.pid) === before) assert.ok(performance.now() < deadline, 'it computes, so its time goes on');
});
