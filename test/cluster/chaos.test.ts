/** A short run of what `npm run chaos` does for as long as one likes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChaos } from './chaos-run.ts';

const seed = 1;
const durationMs = 15_000;

test('a cluster of real processes keeps its promises while they are killed, suspended, cut off, filled, emptied and damaged', async (t) => {
  const { table, isSound, keptFolder, appends, faults, skipped } = await runChaos({
    seed,
    durationMs,
    coordinator: 'static',
    say: () => undefined,
  });
  assert.ok(isSound, `npm run chaos -- --minutes 0.25 --seed ${seed}\n${table}\nfolders and logs of the nodes: ${keptFolder}`);
  for (const line of table.split('\n')) t.diagnostic(line);
  assert.ok(appends.acknowledged > 100, `the cluster was of use to somebody:\n${table}`);
  const faultCount = Object.values(faults).reduce((sum, count) => sum + count, 0);
  assert.ok(faultCount >= 5, `there were faults:\n${table}`);
  // What cannot be done here is not passed over in silence.
  for (const [kind, reason] of Object.entries(skipped))
    await t.test(`and while a disk is full (${kind})`, { skip: reason }, () => undefined);
});
