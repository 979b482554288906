/**
 * The goals (GOALS.md): which rows there are, what was measured for each, and whether that is enough where it was
 * measured, on a disk or in memory.
 */

import { fixed } from './report/format.ts';
import type { Summary } from './statistics.ts';

/** What holds the data of the nodes. In memory a flush costs nothing, so that only processors count. */
export type Medium = 'disk' | 'memory';

/** The rows, in their order. */
export const goalRows = {
  1: '64 writers',
  2: '256 writers',
  3: "the leader's processor time",
  4: 'one writer',
  5: 'batches of 100',
  6: 'batches of 1 KiB messages',
  7: 'client libraries',
  8: 'catch-up',
  9: 'restart, long log, reading, delayed follower, event loop',
  10: 'through a follower',
  11: 'with elections',
  12: 'what security costs',
  13: 'failover',
} as const;

export type Goal = keyof typeof goalRows;

/** One figure of a row. */
export interface Part {
  readonly goal: Goal;
  /** `of the bare handler`. */
  readonly what: string;
  /** `undefined` if it was not measured: a peer is not installed, for instance. */
  readonly measured: Summary | undefined;
  readonly unit: string;
  readonly wanted: Wanted;
  readonly isAtLeast: boolean;
}

/** The bound in each medium; without one there is no goal. */
type Wanted = Readonly<Partial<Record<Medium, number>>>;

interface PartSpec {
  readonly goal: Goal;
  readonly what: string;
  readonly measured: Summary | undefined;
  readonly unit?: string;
  readonly wanted: Wanted;
}

export function atLeast(spec: PartSpec): Part {
  return { unit: '×', ...spec, isAtLeast: true };
}

export function atMost(spec: PartSpec): Part {
  return { unit: '×', ...spec, isAtLeast: false };
}

export interface Verdict {
  readonly goal: Goal;
  readonly what: string;
  readonly measured: Summary | undefined;
  readonly unit: string;
  /** `at least 0.75×`; `undefined` if there is no goal in this medium. */
  readonly wanted: string | undefined;
  /** By the median. */
  readonly outcome: 'met' | 'missed' | 'no goal' | 'not measured';
  /** Whether every round alone gives the same verdict. */
  readonly isUnanimous: boolean;
}

export function verdictOn({ goal, what, unit, isAtLeast, ...part }: Part, medium: Medium): Verdict {
  const bound = part.wanted[medium];
  const measured = part.measured !== undefined && Number.isNaN(part.measured.median) ? undefined : part.measured;
  const wanted = bound === undefined ? undefined : `${isAtLeast ? 'at least' : 'at most'} ${fixed(bound)}${unit}`;
  const told = { goal, what, measured, unit, wanted };
  if (measured === undefined) return { ...told, outcome: 'not measured', isUnanimous: true };
  if (bound === undefined) return { ...told, outcome: 'no goal', isUnanimous: true };
  const isEnough = (value: number): boolean => (isAtLeast ? value >= bound : value <= bound);
  const isMet = isEnough(measured.median);
  const isUnanimous = isEnough(measured.min) === isMet && isEnough(measured.max) === isMet;
  return { ...told, outcome: isMet ? 'met' : 'missed', isUnanimous };
}

/**
 * One line per row of which anything was measured:
 * `goal 1, 64 writers: of NATS 0.52× (0.50 to 0.54), wanted at least 0.65×: missed; of Redis not measured`.
 */
export function goalLines(verdicts: readonly Verdict[]): readonly string[] {
  return Object.entries(goalRows).flatMap(([goal, title]) => {
    const parts = verdicts.filter((verdict) => verdict.goal === Number(goal));
    if (parts.every(({ outcome }) => outcome === 'not measured')) return [];
    return [`goal ${goal}, ${title}: ${parts.map(partText).join('; ')}`];
  });
}

function partText({ what, measured, unit, wanted, ...judged }: Verdict): string {
  if (measured === undefined) return `${what} not measured`;
  const spread = measured.count > 1 ? ` (${fixed(measured.min)} to ${fixed(measured.max)})` : '';
  const bound = wanted === undefined ? '' : `, wanted ${wanted}`;
  return `${what} ${fixed(measured.median)}${unit}${spread}${bound}: ${outcomeText(judged)}`;
}

export function outcomeText({ outcome, isUnanimous }: Pick<Verdict, 'outcome' | 'isUnanimous'>): string {
  return isUnanimous ? outcome : `${outcome}, rounds disagree`;
}
