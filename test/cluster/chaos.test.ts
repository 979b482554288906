/** Short runs of what `npm run chaos` does for as long as you like. They run in parallel, since they wait more than they work. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Coordinator } from './chaos-cluster.ts';
import { runChaos } from './chaos-run.ts';
import type { ChaosResult } from './chaos-run.ts';
import { onlyLong } from '../support/long.ts';

const faultsMin = 5;

async function run(
  t: TestContext,
  {
    coordinator,
    seed,
    seconds,
    trims = false,
  }: { readonly coordinator: Coordinator; readonly seed: number; readonly seconds: number; readonly trims?: boolean },
): Promise<ChaosResult> {
  const atLeast = { faults: faultsMin, leaderStrikes: coordinator === 'elections' ? 1 : 0, withinMs: 5000 * seconds };
  const result = await runChaos({ seed, durationMs: 1000 * seconds, coordinator, trims, atLeast, say: () => undefined });
  const { table, isSound, keptFolder, appends, faults } = result;
  const command = `npm run chaos -- --coordinator ${coordinator} --minutes ${seconds / 60} --seed ${seed}${trims ? ' --trims' : ''}`;
  assert.ok(isSound, `${command}\n${table}\nfolders and logs of the nodes: ${keptFolder}`);
  for (const line of table.split('\n')) t.diagnostic(line);
  assert.ok(appends.acknowledged > 100, `the cluster acknowledged appends:\n${table}`);
  const faultCount = Object.values(faults).reduce((sum, count) => sum + count, 0);
  assert.ok(faultCount >= faultsMin, `there were faults:\n${table}`);
  return result;
}

void describe('a cluster of real processes keeps its promises', { concurrency: true }, () => {
  void test('while they are killed, suspended, cut off, filled, emptied and damaged', onlyLong, async (t) => {
    const { skipped } = await run(t, { coordinator: 'static', seed: 1, seconds: 20 });
    // Faults that are not possible on this machine are reported as skipped.
    for (const [kind, reason] of Object.entries(skipped))
      await t.test(`and while a disk is full (${kind})`, { skip: reason }, () => undefined);
  });

  void test('and makes progress while its leader is killed, suspended, cut off and stopped, others are promoted, and its log is trimmed', async (t) => {
    const { leaderStrikes, trims, table } = await run(t, { coordinator: 'elections', seed: 216, seconds: 20, trims: true });
    assert.ok(trims > 0, `the log was trimmed:\n${table}`);
    assert.ok(leaderStrikes > 0, `some faults struck the leader:\n${table}`);
  });
});
