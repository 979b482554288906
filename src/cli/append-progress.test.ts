import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppendProgress } from './append-progress.ts';

function shown(isTTY: boolean, total?: number) {
  const written: string[] = [];
  let now = 0;
  const bytes = total === undefined ? undefined : { read: total / 4, total };
  const progress = new AppendProgress(
    { isTTY, write: (text: string) => written.push(text) },
    () => bytes,
    () => now,
  );
  return { progress, written, later: () => (now += 100) };
}

test('a terminal shows the progress at most ten times a second, and no trace of it is left', () => {
  const { progress, written, later } = shown(true, 400);
  progress.stored(1000);
  progress.stored(2000);
  later();
  progress.stored(12_000);
  progress.end();
  assert.deepEqual(written, ['\r\u001b[K1,000 lines stored (25 %)', '\r\u001b[K12,000 lines stored (25 %)', '\r\u001b[K']);
});

test('without a terminal only trouble is reported, once until something is stored again', () => {
  const { progress, written } = shown(false);
  progress.stored(1000);
  progress.tryingAgain('no answer');
  progress.tryingAgain('no answer');
  progress.stored(2000);
  progress.tryingAgain('no\nanswer');
  progress.end();
  assert.equal(written.length, 2);
  assert.equal(written[0], 'rlog: no answer; trying again\n');
  assert.match(written[1] ?? '', /^rlog: no\S+answer; trying again\n$/);
});
