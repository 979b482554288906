/** The table at the end of a run. */

import { leaderGaps, quantileOf } from './gaps.ts';
import type { Attempt, History, Interval } from './history.ts';
import { claims } from './judge.ts';
import type { Broken, Claim } from './judge.ts';

export interface Outcome {
  readonly nodeCount: number;
  readonly seed: number;
  readonly seconds: number;
  readonly history: History;
  readonly failedReadings: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly missedFaults: number;
  /** Kinds of fault that were not possible on this machine, and why. */
  readonly skipped: Readonly<Record<string, string>>;
  readonly logEnd: number;
  readonly broken: readonly Broken[];
  /** What went wrong besides the claims about the log, such as a node that did not start again. */
  readonly failures: readonly string[];
}

export interface AppendCounts {
  readonly acknowledged: number;
  readonly rejected: number;
  readonly unknown: number;
}

/** Counts appends together with their retries: acknowledged if one attempt was, rejected only if all were. */
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

/** The longest time without an acknowledged append within one of the serviceable intervals. */
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
    ['longest time without progress', seconds(longestStallMs(history))],
    ...gapRows(outcome),
    ['lost', count('lost', 'vanished')],
    ['duplicated', count('once')],
    ['out of order', count('order', 'realTime', 'dense', 'oneEntry', 'backwards')],
    ['other claims broken', count('asked', 'w', 'rejected', 'whole', 'stale', 'refusal') + outcome.failures.length],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), ...brokenLines(outcome)].join('\n');
}

/** For nodes that elect: how often the leader was killed, and how long appends then waited, by kind of fault. */
function gapRows({ history, nodeCount }: Outcome): [string, string | number][] {
  if (!history.isElected) return [];
  const kills = history.strikes.filter(({ kind, isLeader }) => kind === 'kill' && isLeader).length;
  const rows: [string, string | number][] = [['kills of the leader', kills], ...probeRows(history.attempts)];
  for (const [kind, gaps] of Map.groupBy(leaderGaps(history, nodeCount), (gap) => gap.kind)) {
    const [half, most, all] = [0.5, 0.99, 1].map((share) => seconds(quantileOf(gaps, share)));
    rows.push([`  ${kind} to the next append`, `p50 ${half}, p99 ${most}, longest ${all} of ${gaps.length}`]);
  }
  return rows;
}

/** Includes probes through nodes that were down: those had no answer. */
function probeRows(attempts: readonly Attempt[]): [string, string][] {
  const probes = attempts.filter(({ client }) => client.startsWith('probe-'));
  return (['with', 'without'] as const).map((which) => {
    const those = probes.filter(({ key }) => (key === undefined) === (which === 'without'));
    const failed = those.filter(({ outcome }) => outcome !== 'acknowledged');
    const codes = [...Map.groupBy(failed, ({ code }) => code)].map(([code, same]) => `, ${same.length} ${code}`);
    return [`  probes ${which} a key`, `${those.length - failed.length} acknowledged${codes.join('')}`];
  });
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function brokenLines({ broken, failures }: Outcome): string[] {
  const lines: string[] = failures.map((failure) => `failed: ${failure}`);
  for (const [claim, same] of Map.groupBy(broken, (each) => each.claim)) {
    lines.push(`broken, ${same.length} times: ${claims[claim]}`);
    // Without the dots that only make messages long.
    for (const { what } of same.slice(0, detailsMax)) lines.push(`  ${what.replaceAll(/ \.{4,}/g, ' …')}`);
  }
  return lines;
}
