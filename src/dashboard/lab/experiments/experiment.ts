/** What an experiment is: a question, a prediction, a script, and a finding that rests on what was measured. */

import type { ExperimentRun } from './experiment-run.ts';

interface Choice {
  readonly id: string;
  readonly text: string;
}

/** Something that was measured, as a sentence, and whether it is as the log promises. */
interface Check {
  readonly claim: string;
  readonly holds: boolean;
}

export interface Finding {
  /** The choice that came true; `undefined` if none did. */
  readonly came: string | undefined;
  readonly checks: readonly Check[];
  /** Why, in two or three sentences: true only if every check holds. */
  readonly why: readonly string[];
}

/** Who leads: the master always, or whom equal nodes elect. */
export type Arrangement = 'fixed leader' | 'elections';

export interface Experiment {
  readonly id: string;
  /** Where it makes sense. */
  readonly arrangement: Arrangement;
  readonly title: string;
  /** What is going to be done, in a sentence or two. */
  readonly setting: string;
  /** What the visitor predicts. */
  readonly question: string;
  readonly choices: readonly Choice[];
  readonly run: (run: ExperimentRun) => Promise<Finding>;
}
