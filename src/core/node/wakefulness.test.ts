import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantMs } from '../model/numbers.ts';
import { Wakefulness } from './wakefulness.ts';

test('a process that runs all the time judges at every tick, and one that was suspended reads first', () => {
  const watch = new Wakefulness();
  const judgedAt = [0, 20, 40, 5040, 5060, 5280, 5300].filter((now) => watch.ticked(instantMs(now)));
  assert.deepEqual(judgedAt, [0, 20, 40, 5300], 'what waited at 5040 is read before 5300');
  assert.equal(watch.wasRunning, true);
});

test('a process that is suspended again before it has read gets time to read again', () => {
  const watch = new Wakefulness();
  const judgedAt = [0, 5000, 5140, 6440, 6680, 6700].filter((now) => watch.ticked(instantMs(now)));
  assert.deepEqual(judgedAt, [0, 6700]);
});

test('a process that is always late still judges from time to time', () => {
  const watch = new Wakefulness();
  const judgedAt = [0, 400, 800, 1200, 1600, 2000, 2400, 2800, 3200].filter((now) => watch.ticked(instantMs(now)));
  assert.deepEqual(judgedAt, [0, 1600, 3200]);
});
