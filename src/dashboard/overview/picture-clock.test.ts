import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PictureClock } from './picture-clock.ts';

test('the picture shows what is, unless somebody slows it down', () => {
  const clock = new PictureClock();
  assert.equal(clock.shownAt(5000), 5000);
  assert.equal(clock.isLive(5000), true);
});

test('in slow motion it falls behind, and catches up only when somebody wants that', () => {
  const clock = new PictureClock();
  clock.setSpeed(0.1, 1000);
  assert.equal(clock.shownAt(2000), 1100);
  clock.setSpeed(1, 2000);
  assert.equal(clock.shownAt(2500), 1600);
  assert.equal(clock.behindMs(2500), 900);
  clock.goLive(2500);
  assert.equal(clock.shownAt(2500), 2500);
  assert.equal(clock.isLive(9999), true);
  clock.goLive(0.1);
  assert.equal(clock.isLive(1234.3), true, 'sums of fractions are not exact');
});

test('paused it stands still, goes on step by step, and never gets ahead of the nodes', () => {
  const clock = new PictureClock();
  clock.pause(1000);
  assert.equal(clock.shownAt(1500), 1000);
  clock.step(200, 1500);
  assert.equal(clock.shownAt(1600), 1200);
  clock.step(10_000, 1600);
  assert.equal(clock.shownAt(1700), 1600);
  clock.resume(2000);
  assert.equal(clock.shownAt(2100), 1700);
});
