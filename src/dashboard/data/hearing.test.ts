import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hearing, checkEveryMs } from './hearing.ts';

/** Checks as often as the page does. @returns when it was silent first; `undefined` if it was not */
function silentAt(hearing: Hearing, from: number, to: number): number | undefined {
  for (let now = from; now <= to; now += checkEveryMs) if (hearing.isSilent(now)) return now;
  return undefined;
}

test('a server that says nothing is silent within three seconds', () => {
  const at = silentAt(new Hearing(0), 0, 10_000);
  assert.ok(at !== undefined && at > 2000 && at <= 3000, String(at));
});

test('one that says something every second never is', () => {
  const hearing = new Hearing(0);
  for (let now = 0; now < 20_000; now += checkEveryMs) {
    if (now % 1000 === 0) hearing.heard(now);
    assert.equal(hearing.isSilent(now), false);
  }
});

test('a page that did not run for a minute hears what waits first, and then judges as ever', () => {
  const hearing = new Hearing(0);
  assert.equal(silentAt(hearing, 0, 1000), undefined);
  assert.equal(hearing.isSilent(61_000), false);
  const at = silentAt(hearing, 61_000 + checkEveryMs, 70_000);
  assert.ok(at !== undefined && at <= 64_000, String(at));
});
