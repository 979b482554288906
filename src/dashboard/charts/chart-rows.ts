/** Samples as columns of numbers, with a gap where nothing is known. */

import type { LeaderSample } from './leader-sample.ts';

/** One missing second is a late sample; two are a gap. */
const holeMs = 2500;

export interface ChartRows {
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  /** At each time; `undefined` in a gap. */
  readonly samples: readonly (LeaderSample | undefined)[];
}

/** Of the samples from `sinceMs` on, and the one before, so that lines come in from the edge. */
export function chartRows(samples: readonly LeaderSample[], sinceMs: number): ChartRows {
  const first = Math.max(0, samples.findIndex(({ at }) => at >= sinceMs) - 1);
  const shown = samples.at(-1) === undefined || (samples.at(-1)?.at ?? 0) < sinceMs ? [] : samples.slice(first);
  const times: number[] = [];
  const rows: (LeaderSample | undefined)[] = [];
  let before: LeaderSample | undefined;
  for (const sample of shown) {
    if (before !== undefined && sample.at - before.at > holeMs) {
      times.push((before.at + 1000) / 1000);
      rows.push(undefined);
    }
    times.push(sample.at / 1000);
    rows.push(sample);
    before = sample;
  }
  return { times, samples: rows };
}

export function column({ samples }: ChartRows, value: (sample: LeaderSample) => number | null | undefined): (number | null)[] {
  return samples.map((sample) => (sample === undefined ? null : (value(sample) ?? null)));
}

export interface LeaderChange {
  /** Seconds since 1970. */
  readonly time: number;
  readonly nodeId: string;
  readonly epoch: number;
}

/** Where another epoch begins; the first one shown began before. */
export function leaderChanges({ times, samples }: ChartRows): LeaderChange[] {
  const changes: LeaderChange[] = [];
  let epoch: number | undefined;
  for (const [index, sample] of samples.entries()) {
    if (sample === undefined) continue;
    if (epoch !== undefined && sample.epoch !== epoch)
      changes.push({ time: times[index] ?? 0, nodeId: sample.nodeId, epoch: sample.epoch });
    ({ epoch } = sample);
  }
  return changes;
}

/** Followers that any of the samples tells of. */
export function followersIn({ samples }: ChartRows): string[] {
  return [...new Set(samples.flatMap((sample) => (sample === undefined ? [] : Object.keys(sample.lagEntries))))].toSorted();
}

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @returns `undefined` if there is no value */
export function spreadOf(values: readonly (number | null)[]): Spread | undefined {
  const known = values.filter((value) => value !== null).toSorted((a, b) => a - b);
  const [min] = known;
  const median = known[Math.floor((known.length - 1) / 2)];
  const max = known.at(-1);
  return min === undefined || median === undefined || max === undefined ? undefined : { min, median, max };
}
