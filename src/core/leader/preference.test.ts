import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchNumber, instantMs, nodeId, streamId } from '../model/numbers.ts';
import type { Heir } from './hand-over.ts';
import { Preference } from './preference.ts';

const heir = (id: string, priority: number): Heir => ({
  ...{ id: nodeId(id), stream: streamId(1), isMember: true, canStore: true, delayMs: 0, priority, knowsHow: true },
  durableEnd: batchNumber(9),
});

/** When a node is first chosen, if `ready` holds from `from` on. */
function chosenAt(preference: Preference, ready: readonly Heir[], from: number, until: number): number | undefined {
  for (let now = from; now < until; now += 20) if (preference.choose(ready, instantMs(now)) !== undefined) return now;
  return undefined;
}

test('a node with a higher priority is chosen once it has been ready for ten seconds', () => {
  assert.equal(chosenAt(new Preference(1, instantMs(0)), [heir('b', 2)], 5000, 60_000), 15_000);
  assert.equal(chosenAt(new Preference(1, instantMs(0)), [heir('b', 1), heir('c', 0)], 0, 60_000), undefined);
});

test('the node with the highest priority is chosen', () => {
  const preference = new Preference(0, instantMs(0));
  const ready = [heir('b', 2), heir('c', 3), heir('d', 1)];
  assert.equal(preference.choose(ready, instantMs(0)), undefined);
  assert.equal(preference.choose(ready, instantMs(10_000))?.id, 'c');
});

test('a node that is not ready for a moment must be ready for ten seconds again', () => {
  const preference = new Preference(1, instantMs(0));
  assert.equal(chosenAt(preference, [heir('b', 2)], 0, 9000), undefined);
  assert.equal(preference.choose([], instantMs(9000)), undefined);
  assert.equal(chosenAt(preference, [heir('b', 2)], 9020, 60_000), 19_020);
});

test('a failed hand-over is tried again after a minute, and after a second failure only every ten minutes', () => {
  const preference = new Preference(1, instantMs(0));
  const ready = [heir('b', 2)];
  const tries: number[] = [];
  for (let now = 0; now < 20 * 60_000; now += 20) {
    if (preference.choose(ready, instantMs(now)) === undefined) continue;
    tries.push(now);
    preference.tried(instantMs(now));
  }
  assert.deepEqual(tries, [10_000, 70_000, 130_000, 730_000]);
});
