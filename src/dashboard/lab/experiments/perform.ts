/** Runs an experiment, and gives the nodes back as they were, also when it was stopped half way or failed. */

import type { LabNode } from '../../../api/lab.ts';
import type { Bench } from './testbed.ts';
import type { Experiment, Finding } from './experiment.ts';
import { ExperimentRun } from './experiment-run.ts';
import type { Step } from './experiment-run.ts';
import { reasonOf } from '../../data/reason.ts';

export type Result = { readonly putBackFailure: string | undefined } & (
  | { readonly kind: 'done'; readonly finding: Finding }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly reason: string }
);

interface Performance {
  readonly signal: AbortSignal;
  readonly told: (step: Step) => void;
  /** How the nodes stood before. */
  readonly given?: (nodes: readonly LabNode[]) => void;
}

export async function perform(
  experiment: Experiment,
  bench: Bench,
  { signal, told, given = () => undefined }: Performance,
): Promise<Result> {
  const run = new ExperimentRun(bench, signal, told);
  let result: { kind: 'done'; finding: Finding } | { kind: 'stopped' } | { kind: 'failed'; reason: string };
  try {
    await run.prepare(given);
    result = { kind: 'done', finding: await experiment.run(run) };
  } catch (error) {
    if (signal.aborted) result = { kind: 'stopped' };
    else result = { kind: 'failed', reason: reasonOf(error) };
  }
  return { ...result, putBackFailure: await run.putBack() };
}
