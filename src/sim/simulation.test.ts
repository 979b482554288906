import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './simulation.ts';

/** `npm run sim -- --count N` runs more. */
const seeds = 10;

test(`a whole cluster keeps its promises under faults, for ${seeds} seeds`, async () => {
  let acknowledged = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const result = await simulate(seed);
    assert.equal(result.violation, undefined, `seed ${seed}: ${result.violation}\nnpm run sim -- --seed ${seed} --trace`);
    acknowledged += result.appends.acknowledged;
  }
  assert.ok(acknowledged > 500, 'the clusters were of use to somebody');
});

test('the same seed gives the same trace, to the byte', async () => {
  const [first, second] = [await simulate(7, { isTraced: true }), await simulate(7, { isTraced: true })];
  assert.equal(first.story.join('\n'), second.story.join('\n'));
});
