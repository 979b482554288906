import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

test('a quantile is the value that this share of all does not exceed, at most 1 % too large', () => {
  const values = fc.array(fc.integer({ min: 0, max: 60_000_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
      const exact = all.toSorted((a, b) => a - b)[Math.max(1, Math.ceil(share * all.length)) - 1] ?? 0;
      const found = histogramOf(all).quantileMicros(share);
      assert.ok(found >= exact && found <= exact * 1.01 + 1, `${found} for ${exact}`);
    }),
  );
});

test('the quantile of everything is the largest value, exactly', () => {
  assert.equal(histogramOf([5, 123_457, 9]).quantileMicros(1), 123_457);
});

test('an empty histogram has quantile 0', () => {
  assert.equal(new Histogram().quantileMicros(0.99), 0);
});

test('histograms that were sent as JSON and merged equal one that recorded everything', () => {
  const values = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { maxLength: 100 });
  fc.assert(
    fc.property(values, values, (some, others) => {
      const merged = Histogram.from(JSON.parse(JSON.stringify(histogramOf(some).snapshot())) as ReturnType<Histogram['snapshot']>);
      merged.merge(histogramOf(others).snapshot());
      assert.deepEqual(merged.snapshot(), histogramOf([...some, ...others]).snapshot());
      assert.equal(merged.count, some.length + others.length);
    }),
  );
});
