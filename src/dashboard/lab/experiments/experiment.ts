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

/** The nodes that there are. */
export interface Cast {
  readonly count: number;
  /** So many are more than half. */
  readonly majority: number;
  /** Those beside the master, in their order; equal nodes have none. */
  readonly secondaries: readonly string[];
}

/** What is done in it, and asked about it, with the nodes that there are. */
interface Play {
  /** What is going to be done, in a sentence or two. */
  readonly setting: string;
  /** What the visitor predicts. */
  readonly question: string;
  readonly choices: readonly Choice[];
  readonly run: (run: ExperimentRun) => Promise<Finding>;
}

/** Why so many experiments need three nodes. */
export const neitherCanBeMissed = 'with two, neither may be missing, since one node is no majority';

/** An experiment for any nodes. */
export interface Script {
  readonly id: string;
  /** Where it makes sense. */
  readonly arrangement: Arrangement;
  readonly title: string;
  /** With fewer it cannot be shown, and why not. */
  readonly nodesMin: number;
  readonly nodesMinReason: string;
  readonly playWith: (cast: Cast) => Play;
}

export interface Experiment extends Play, Pick<Script, 'id' | 'title'> {
  readonly nodeCount: number;
}
