/** `npm run sim -- --count N` runs more seeds; `npm run sim:mutants` shows that they would find a bug. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSeeds } from './many-seeds.ts';
import { simulate } from './simulation.ts';

/** Of the first two thousand seeds, the forty in a row in which the most hard cases occur. */
const firstSeed = 1701;
const seeds = 40;

test(`whole clusters keep their promises under faults, for ${seeds} seeds`, async () => {
  const totals = await runSeeds({ from: firstSeed, isEnough: (begun, { failures }) => begun >= seeds || failures.length > 0 });
  const [failure] = totals.failures;
  assert.equal(
    failure,
    undefined,
    `seed ${failure?.seed}: ${failure?.violation}\nnpm run sim -- --seed ${failure?.seed} --trace story.txt`,
  );
  assert.equal(totals.seeds, seeds);
  assert.ok(totals.appends.acknowledged > 10_000, 'the clusters acknowledged appends');
  assert.ok(totals.missing.length <= 3, `hard cases that never occurred: ${totals.missing.join('; ')}`);
});

test('the same seed gives the same trace, to the byte', async () => {
  for (const seed of [12, 19]) {
    const [first, second] = [await simulate(seed, { isTraced: true }), await simulate(seed, { isTraced: true })];
    assert.equal(first.story.join('\n'), second.story.join('\n'));
    assert.ok(first.story.length > 1000);
  }
});

test('a seed is a run of some length, with faults', async () => {
  const { events, simulatedMs, faults } = await simulate(11);
  assert.ok(events >= 2000 && simulatedMs >= 60_000);
  assert.ok(Object.values(faults).reduce((sum, count) => sum + count, 0) >= 5);
});
