/** A short run of what `npm run chaos -- --coordinator elections` does: the leader is as often the victim as all others. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runChaos } from './chaos-run.ts';

const seed = 2;
const durationMs = 30_000;

test('equal nodes keep their promises, and go on, while whoever leads is killed, suspended, cut off, stopped and promoted', async (t) => {
  const { table, isSound, keptFolder, appends, faults, leaderStrikes } = await runChaos({
    seed,
    durationMs,
    coordinator: 'elections',
    say: () => undefined,
  });
  const command = `npm run chaos -- --coordinator elections --minutes 0.5 --seed ${seed}`;
  assert.ok(isSound, `${command}\n${table}\nfolders and logs of the nodes: ${keptFolder}`);
  for (const line of table.split('\n')) t.diagnostic(line);
  assert.ok(appends.acknowledged > 100, `the cluster was of use to somebody:\n${table}`);
  const faultCount = Object.values(faults).reduce((sum, count) => sum + count, 0);
  assert.ok(faultCount >= 5, `there were faults:\n${table}`);
  assert.ok(leaderStrikes > 0, `some of them struck the leader:\n${table}`);
});
