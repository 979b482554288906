/** The table that a run ends with. */

import type { Attempt, History, Interval } from './history.ts';
import { claims } from './judge.ts';
import type { Broken, Claim } from './judge.ts';

export interface Outcome {
  readonly seed: number;
  readonly seconds: number;
  readonly history: History;
  readonly failedReadings: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly missedFaults: number;
  /** Kinds that were not possible here, and why. */
  readonly skipped: Readonly<Record<string, string>>;
  readonly logEnd: number;
  readonly broken: readonly Broken[];
  /** What did not go as it should, and is no claim about the log: a node that did not start again. */
  readonly failures: readonly string[];
}

export interface AppendCounts {
  readonly acknowledged: number;
  readonly rejected: number;
  readonly unknown: number;
}

/** By append, whatever its retries were: acknowledged if one was, and rejected only if all were. */
export function countAppends(attempts: readonly Attempt[]): AppendCounts {
  const counts = { acknowledged: 0, rejected: 0, unknown: 0 };
  for (const same of Map.groupBy(attempts, ({ messages }) => messages[0]).values()) {
    const outcomes = new Set(same.map(({ outcome }) => outcome));
    if (outcomes.has('acknowledged')) counts.acknowledged += 1;
    else if (outcomes.has('unknown')) counts.unknown += 1;
    else counts.rejected += 1;
  }
  return counts;
}

/** The longest time without an acknowledged append within any of these intervals. */
export function longestStallMs({ attempts, serviceable }: Pick<History, 'attempts' | 'serviceable'>): number {
  const acknowledged = attempts.filter(({ outcome }) => outcome === 'acknowledged').map(({ ended }) => ended);
  const instants = acknowledged.toSorted((a, b) => a - b);
  return Math.max(0, ...serviceable.map((interval) => longestGap(instants, interval)));
}

function longestGap(instants: readonly number[], { start, end }: Interval): number {
  let [longest, last] = [0, start];
  for (const instant of [...instants.filter((each) => each > start && each < end), end]) {
    longest = Math.max(longest, instant - last);
    last = instant;
  }
  return longest;
}

const detailsMax = 5;

export function report(outcome: Outcome): string {
  const { history, faults, skipped, broken } = outcome;
  const appends = countAppends(history.attempts);
  const count = (...of: readonly Claim[]): number => broken.filter(({ claim }) => of.includes(claim)).length;
  const rows: (readonly [string, string | number])[] = [
    ['seed', outcome.seed],
    ['seconds', outcome.seconds.toFixed(0)],
    ['appends acknowledged', appends.acknowledged],
    ['  rejected', appends.rejected],
    ['  unknown', appends.unknown],
    ['entries in the log', outcome.logEnd],
    ['readings', history.readings.length],
    ['  without an answer', outcome.failedReadings],
    ...Object.entries(faults).map(([name, times]): [string, string | number] => {
      return [`fault: ${name}`, skipped[name] === undefined ? times : `skipped: ${skipped[name]}`];
    }),
    ['  not allowed in time', outcome.missedFaults],
    ['longest time without progress', `${(longestStallMs(history) / 1000).toFixed(2)} s`],
    ['lost', count('lost', 'vanished')],
    ['duplicated', count('once')],
    ['out of order', count('order', 'realTime', 'dense', 'oneEntry', 'backwards')],
    ['other claims broken', count('asked', 'w', 'rejected', 'whole', 'stale', 'refusal') + outcome.failures.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...brokenLines(outcome)].join('\n');
}

function brokenLines({ broken, failures }: Outcome): string[] {
  const lines: string[] = failures.map((failure) => `failed: ${failure}`);
  for (const [claim, same] of Map.groupBy(broken, (each) => each.claim)) {
    lines.push(`broken, ${same.length} times: ${claims[claim]}`);
    // Without what only makes messages long.
    for (const { what } of same.slice(0, detailsMax)) lines.push(`  ${what.replaceAll(/ \.{4,}/g, ' …')}`);
  }
  return lines;
}
