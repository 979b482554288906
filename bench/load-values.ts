/** A generator's result as figures and as a curve for the chart. */

import { CheckFailed } from './check-failed.ts';
import { Histogram } from './load/histogram.ts';
import type { LoadResult } from './load/plan.ts';
import type { LatencyCurve } from './results.ts';

const curveShares = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1];

export interface LoadValues {
  readonly values: Readonly<Record<string, number>>;
  readonly curve: LatencyCurve;
}

export function loadValues(result: LoadResult): LoadValues {
  const histogram = Histogram.from(result.latency);
  const ms = (share: number): number => histogram.quantileMicros(share) / 1000;
  const seconds = result.windowMs / 1000;
  return {
    values: {
      messagesPerSecond: result.messages / seconds,
      requestsPerSecond: result.requests / seconds,
      p50Ms: ms(0.5),
      p90Ms: ms(0.9),
      p99Ms: ms(0.99),
      p999Ms: ms(0.999),
      maxMs: ms(1),
      // Share of one processor: near 1, the figures are the generator's own limit.
      generatorCpu: result.cpuMs / result.windowMs,
    },
    // A percentile above which there are fewer than two requests means nothing.
    curve: curveShares.filter((share) => share === 1 || (1 - share) * result.requests >= 2).map((share) => [share * 100, ms(share)]),
  };
}

/** @throws CheckFailed if any request failed */
export function assertNoFailures(who: string, { failures }: LoadResult): void {
  if (failures.count > 0) throw new CheckFailed(`${who}: ${failures.count} requests failed, first with: ${failures.first}`);
}
