import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Results } from './results.ts';
import { median, quantile, summarize } from './statistics.ts';

test('the median of an even number of values lies between the middle two', () => {
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([9, 1, 5]), 5);
  assert.deepEqual(summarize([3, 1, 2]), { median: 2, min: 1, max: 3, count: 3 });
  assert.equal(summarize([]), undefined);
  assert.equal(quantile([0, 10], 0.25), 2.5);
});

function resultsOf(rates: Readonly<Record<string, readonly number[]>>): Results {
  const results = new Results();
  for (const [system, each] of Object.entries(rates))
    for (const [index, rate] of each.entries()) results.add({ scenario: 's', system, variant: 'v', round: index + 1, values: { rate } });
  return results;
}

const figure = (system: string) => ({ scenario: 's', system, variant: 'v', value: 'rate' });

test('a ratio is taken within each round, then the median: a slow round is slow for both', () => {
  const results = resultsOf({ ours: [100, 10, 120], peer: [50, 5, 40] });
  assert.deepEqual(results.ratio(figure('ours'), figure('peer')), { median: 2, min: 2, max: 3, count: 3 });
});

test('a round counts only if both systems have it', () => {
  const results = resultsOf({ ours: [100, 100, 100], peer: [50] });
  assert.deepEqual(results.ratio(figure('ours'), figure('peer')), { median: 2, min: 2, max: 2, count: 1 });
  assert.equal(results.ratio(figure('ours'), figure('nobody')), undefined);
});
