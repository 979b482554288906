/** What a scenario is, and what it is given. */

import type { Part } from './goals.ts';
import type { LoadPlan, LoadResult } from './load/plan.ts';
import type { Measurement, Results } from './results.ts';
import type { Contestant } from './systems/contestant.ts';
import type { OurContestant } from './systems/ours.ts';
import type { Workspace } from './workspace.ts';

/** `quick`: only to see that everything works. `normal`: the default. `full`: as large as the goals say. */
export type Size = 'quick' | 'normal' | 'full';

export interface Context {
  readonly workspace: Workspace;
  readonly size: Size;
  readonly rounds: number;
  /** Of one measurement. */
  readonly windowMs: number;
  readonly warmupMs: number;
  /** For the first load after a start, when nothing is compiled yet. */
  readonly coldWarmupMs: number;
  /** Ours: this checkout, and with `--baseline` the other commit. */
  readonly ours: readonly OurContestant[];
  /** Whether two commits of ours are compared, and nothing else. */
  readonly isBaseline: boolean;
  /** Ours. With two, the order alternates from round to round, since the second one finds a warmer machine. */
  oursInRound(round: number): readonly OurContestant[];
  /** Peers that are installed; none with `--baseline`. */
  readonly peers: readonly Contestant[];
  readonly results: Results;
  readonly say: (what: string) => void;
  /** Anything worth a line below the tables. */
  readonly note: (what: string) => void;
  add(measurement: Measurement): void;
  load(plan: Omit<LoadPlan, 'generator'>): Promise<LoadResult>;
  /** For loads that a scenario starts and stops itself. */
  nextGenerator(): number;
}

export interface Scenario {
  readonly name: string;
  /** One line for `--help`. */
  readonly title: string;
  /** Only run when named, or with `--full` or `--quick`. */
  readonly isLong?: boolean;
  /** Measured with `--memory` even if it is not named: it has goals there. */
  readonly isForMemory?: boolean;
  /** How much room it needs for data. */
  diskBytes(size: Size): number;
  run(context: Context): Promise<void>;
  /** The figures of the goals that this scenario measures; the same ones whatever was measured. */
  judge(results: Results): readonly Part[];
  /** The tables of the report: which values of which variants. */
  readonly columns: readonly Column[];
}

export interface Column {
  readonly variant: string;
  readonly value: string;
  readonly heading: string;
  readonly format: (value: number) => string;
  /** Whether more is better; ratios read the same way in both cases. */
  readonly isHigherBetter: boolean;
}
