/** Runs the scenarios that the options name, one after another, within one workspace. */

import { runLoad } from './load-process.ts';
import { UsageError } from './options.ts';
import type { Options } from './options.ts';
import type { Progress } from './progress.ts';
import { Results } from './results.ts';
import type { Context } from './scenario.ts';
import type { Contestant } from './systems/contestant.ts';
import type { OurContestant } from './systems/ours.ts';
import { bytes } from './report/format.ts';
import type { Workspace } from './workspace.ts';

export interface Run {
  readonly results: Results;
  readonly notes: readonly string[];
}

export interface RunSettings {
  readonly options: Options;
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly ours: readonly OurContestant[];
  readonly peers: readonly Contestant[];
}

/** @throws UsageError, CheckFailed */
export async function run({ options, workspace, progress, ours, peers }: RunSettings): Promise<Run> {
  const results = new Results();
  const notes: string[] = [];
  let generator = 0;
  const context: Context = {
    workspace,
    ours,
    isBaseline: ours.length > 1,
    oursInRound: (round) => (round % 2 === 1 ? ours : ours.toReversed()),
    peers,
    results,
    size: options.size,
    rounds: options.rounds,
    windowMs: options.windowMs,
    warmupMs: options.size === 'quick' ? 100 : 700,
    coldWarmupMs: options.size === 'quick' ? 200 : 2000,
    say: (what) => progress.say(what),
    note: (what) => notes.push(what),
    add: (measurement) => {
      results.add(measurement);
      const { scenario, system, variant, round, values } = measurement;
      if ((values['generatorCpu'] ?? 0) > generatorCpuMax)
        notes.push(
          `${scenario}, round ${round}: ${system}, ${variant}: the load generator used up its processor, so this figure is its own limit`,
        );
    },
    nextGenerator: () => generator++ % 10_000,
    load: (plan) => runLoad(workspace, { ...plan, generator: context.nextGenerator() }),
  };
  checkRoom(options, workspace);
  for (const scenario of options.scenarios) await scenario.run(context);
  return { results, notes };
}

/** Of one processor. */
const generatorCpuMax = 0.9;

/** Checked first, so that a run does not fail for lack of room after hours. */
function checkRoom(options: Options, workspace: Workspace): void {
  for (const scenario of options.scenarios) {
    const needed = scenario.diskBytes(options.size);
    if (workspace.freeBytes < needed)
      throw new UsageError(
        `${scenario.name} needs ${bytes(needed)} of room, and ${workspace.folder} has ${bytes(workspace.freeBytes)}: set TMPDIR to a larger ${options.isInMemory ? 'tmpfs' : 'disk'}, or leave it out with --only`,
      );
  }
}
