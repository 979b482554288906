import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LatencyHistogram } from './latency-histogram.ts';

test('without an observation there is no quantile', () => {
  assert.deepEqual(new LatencyHistogram().quantiles([0.5, 0.99]), [null, null]);
});

test('a quantile is within 3 percent of that of the observations', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.02, max: 3_000_000, noNaN: true }), { minLength: 1, maxLength: 200 }), (values) => {
      const latencies = new LatencyHistogram();
      for (const value of values) latencies.observe(value);
      const sorted = values.toSorted((a, b) => a - b);
      const shares = [0.5, 0.9, 0.99];
      for (const [index, found] of latencies.quantiles(shares).entries()) {
        const exact = sorted[Math.ceil((shares[index] ?? 0) * sorted.length) - 1] ?? Number.NaN;
        assert.ok(found !== null && Math.abs(found / exact - 1) < 0.03, `${found} for ${exact}`);
      }
    }),
  );
});

test('values beyond the first or the last bucket still count', () => {
  const latencies = new LatencyHistogram();
  for (const ms of [0, 0.001, 1e12]) latencies.observe(ms);
  const [shortest, longest] = latencies.quantiles([0.5, 0.99]);
  assert.ok((shortest ?? 1) < 0.011);
  assert.ok((longest ?? 0) > 3_600_000);
});

test('after a reset only later observations count', () => {
  const latencies = new LatencyHistogram();
  latencies.observe(1000);
  latencies.reset();
  latencies.observe(1);
  const [p50, p99] = latencies.quantiles([0.5, 0.99]);
  assert.equal(p50, p99);
  assert.ok((p99 ?? 0) < 1.1);
});
