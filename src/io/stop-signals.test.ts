import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { onStopSignals } from './stop-signals.ts';
import type { StopSignal } from './stop-signals.ts';

/** @param signals - each with the moment at which it comes, in ms */
function endsAfter(...signals: readonly (readonly [StopSignal, number])[]): unknown[] {
  const source = new EventEmitter();
  const ends: unknown[] = [];
  let at = 0;
  onStopSignals(source, { now: () => at, end: () => ends.push('in good order'), endAtOnce: (code) => ends.push(code) });
  for (const [signal, ms] of signals) {
    at = ms;
    source.emit(signal);
  }
  return ends;
}

test('each of the three signals ends a program cleanly, and once', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) assert.deepEqual(endsAfter([signal, 5]), ['in good order']);
});

test('a second signal ends it at once, with the exit code of that signal', () => {
  assert.deepEqual(endsAfter(['SIGTERM', 0], ['SIGTERM', 1]), ['in good order', 143]);
  assert.deepEqual(endsAfter(['SIGTERM', 0], ['SIGINT', 1]), ['in good order', 130]);
  assert.deepEqual(endsAfter(['SIGHUP', 0], ['SIGTERM', 1000]), ['in good order', 143]);
  assert.deepEqual(endsAfter(['SIGINT', 0], ['SIGINT', 300]), ['in good order', 130]);
});

test('a Ctrl-C that npm, or process 1, passes on as well counts once', () => {
  assert.deepEqual(endsAfter(['SIGINT', 0], ['SIGINT', 2], ['SIGTERM', 20]), ['in good order']);
});

test('a closed terminal signals several times, and never ends a program at once', () => {
  assert.deepEqual(endsAfter(['SIGHUP', 0], ['SIGHUP', 1], ['SIGHUP', 1000]), ['in good order']);
  assert.deepEqual(endsAfter(['SIGTERM', 0], ['SIGHUP', 1000]), ['in good order']);
});
