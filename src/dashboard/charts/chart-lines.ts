/** The lines of all charts, out of the rows. */

import { nodeSlot } from '../style/colours.ts';
import { column, followersIn } from './chart-rows.ts';
import type { ChartRows } from './chart-rows.ts';
import type { LeaderSample } from './leader-sample.ts';

export interface Line {
  readonly label: string;
  readonly colour: `--${string}`;
  /** Lengths of strokes and gaps, so that lines differ without colours too. */
  readonly dash: readonly number[];
  readonly isFilled?: boolean;
  /** Each value is drawn on until the next. */
  readonly isStep?: boolean;
  readonly values: readonly (number | null)[];
}

export interface ChartLines {
  readonly rates: readonly Line[];
  /** In ms, for a logarithmic axis. */
  readonly latency: readonly Line[];
  readonly lagEntries: readonly Line[];
  /** In seconds. */
  readonly lagTime: readonly Line[];
}

/** A logarithm has no zero. */
export const logMin = 0.01;

const heldMs = 60_000;

const dashes = [[], [9, 4], [2, 3], [9, 3, 2, 3]];

/**
 * @param nodeIds - in the order of their colours
 * @param nameOf - short, for a legend
 */
export function chartLines(rows: ChartRows, nodeIds: readonly string[], nameOf = (id: string): string => id): ChartLines {
  const followers = followersIn(rows).toSorted((a, b) => nodeIds.indexOf(a) - nodeIds.indexOf(b));
  const ofFollowers = (lag: (sample: LeaderSample, id: string) => number | null | undefined): Line[] =>
    followers.map((id) => {
      const index = Math.max(0, nodeIds.indexOf(id));
      const values = column(rows, (sample) => lag(sample, id));
      return { label: nameOf(id), colour: `--node-${nodeSlot(index)}`, dash: dashes[index % dashes.length] ?? [], values };
    });
  return {
    rates: [
      { label: 'entries', colour: '--accent', dash: [], isFilled: true, values: column(rows, ({ entries }) => entries) },
      { label: 'appends', colour: '--warn', dash: [5, 3], values: column(rows, ({ appends }) => appends) },
    ],
    latency: [
      { label: 'p50', colour: '--good', dash: [], values: column(rows, ({ p50Ms }) => aboveZero(p50Ms)) },
      { label: 'p90', colour: '--warn', dash: [9, 4], values: column(rows, ({ p90Ms }) => aboveZero(p90Ms)) },
      { label: 'p99', colour: '--bad', dash: [], isStep: true, values: held(rows, ({ p99Ms }) => aboveZero(p99Ms)) },
    ],
    lagEntries: ofFollowers(({ lagEntries }, id) => lagEntries[id]),
    lagTime: ofFollowers(({ lagMs }, id) => inSeconds(lagMs[id])),
  };
}

/** Seconds without an append have the value of the last one before that had one, for a while; so a lone one is seen. */
function held(rows: ChartRows, value: (sample: LeaderSample) => number | null): (number | null)[] {
  let last: { readonly at: number; readonly value: number } | undefined;
  return rows.samples.map((sample) => {
    if (sample === undefined) {
      last = undefined;
      return null;
    }
    const own = value(sample);
    if (own !== null) last = { at: sample.at, value: own };
    return last !== undefined && sample.at - last.at <= heldMs ? last.value : null;
  });
}

function aboveZero(ms: number | null): number | null {
  return ms === null ? null : Math.max(ms, logMin);
}

function inSeconds(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / 1000;
}
