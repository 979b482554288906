/** 64 writers, and one more that sends batches of 1 MB: for how long is the leader's event loop blocked? */

import { join } from 'node:path';
import { atMost } from '../goals.ts';
import { LoadProcess } from '../load-process.ts';
import { loadValues } from '../load-values.ts';
import type { LoadResult } from '../load/plan.ts';
import { longestRuns } from '../probe/longest-runs.ts';
import type { CpuProfile } from '../probe/longest-runs.ts';
import { ProbeClient } from '../probe/probe-client.ts';
import { samplingMicros } from '../probe/probe-settings.ts';
import { count, fixed, ms } from '../report/format.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { OurCluster } from '../systems/our-cluster.ts';
import type { OurContestant } from '../systems/ours.ts';
import { pause } from '../wait.ts';
import { largeBytes } from './large.ts';
import { messageBytes } from './single.ts';

const name = 'event-loop';
const variant = '64 writers and 1 MB batches';
const lanes = 64;
/** A busy loop is sampled a few hundred times a second, and the p99.9 of fewer than a thousand samples is the largest of them. */
const delayWindows = 5;
const megabyteBatch = { lanes: 1, messagesPerRequest: 1000, messageBytes: largeBytes };

export const eventLoop: Scenario = {
  name,
  title: '64 writers of 100 bytes, with batches of 1 MB among them',
  columns: [
    { variant, value: 'loopP999Ms', heading: 'event loop delay p99.9', format: ms, isHigherBetter: false },
    { variant, value: 'loopMaxMs', heading: 'max', format: ms, isHigherBetter: false },
    { variant, value: 'loopLooks', heading: 'of so many looks', format: count, isHigherBetter: true },
    { variant, value: 'longestCallMs', heading: 'longest call of ours', format: ms, isHigherBetter: false },
    { variant, value: 'messagesPerSecond', heading: 'single messages per second', format: count, isHigherBetter: true },
    { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ],
  diskBytes: () => 5e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of context.oursInRound(round)) await measure(context, contestant, round);
    }
  },
  judge: (results) => [
    atMost({
      goal: 9,
      what: 'longest call of ours on the leader',
      measured: results.summary({ scenario: name, system: 'ours', variant, value: 'longestCallMs' }),
      unit: ' ms',
      wanted: { disk: 20 },
    }),
  ],
};

async function measure(context: Context, contestant: OurContestant, round: number): Promise<void> {
  const where = `${name}, round ${round}: ${contestant.title}`;
  context.say(where);
  // The path of a Unix socket must be short.
  const probe = new ProbeClient(join(context.workspace.folder, `probe-${contestant.id}-${round}`));
  await using cluster = await contestant.startCluster(context.workspace, { leaderEnv: probe.env });
  const { windowMs } = context;
  const plain = await mixedLoad(context, cluster, { windowMs: delayWindows * windowMs, onWarm: () => probe.reset() });
  const delay = await probe.delay();
  context.say(`${where}, with a profile`);
  const profiled = await mixedLoad(context, cluster, { windowMs, onWarm: () => probe.startProfile() });
  const profile = await probe.endProfile();
  await cluster.verify([...plain, ...profiled]);
  const [longest] = ourRuns(profile);
  if (longest !== undefined) context.note(`${where}: the longest call took ${fixed(longest.ms)} ms, mostly in ${longest.busiest}`);
  const [singles] = plain;
  const { values, curve } = loadValues(singles);
  context.add({
    scenario: name,
    system: contestant.id,
    variant,
    round,
    values: {
      ...values,
      loopP50Ms: delay.p50Ms,
      loopP999Ms: delay.p999Ms,
      loopMaxMs: delay.maxMs,
      loopLooks: delay.count,
      longestCallMs: longest?.ms ?? 0,
    },
    curve,
  });
}

function ourRuns(profile: CpuProfile): ReturnType<typeof longestRuns> {
  return longestRuns(profile, { samplingMicros, isOurs: (url) => /\/(src|dist)\//.test(url) && !url.includes('node_modules'), count: 1 });
}

/** @param onWarm - called before the window begins */
async function mixedLoad(
  context: Context,
  cluster: OurCluster,
  { windowMs, onWarm }: { readonly windowMs: number; readonly onWarm: () => Promise<void> },
): Promise<readonly [LoadResult, LoadResult]> {
  const { workspace, coldWarmupMs: warmupMs } = context;
  const plan = { target: cluster.target, warmupMs: undefined, windowMs: undefined };
  const loads = [
    new LoadProcess(workspace, { ...plan, lanes, messagesPerRequest: 1, messageBytes, generator: context.nextGenerator() }),
    new LoadProcess(workspace, { ...plan, ...megabyteBatch, generator: context.nextGenerator() }),
  ] as const;
  for (const load of loads) await load.started();
  await pause(warmupMs);
  await onWarm();
  for (const load of loads) load.measure();
  await pause(windowMs);
  for (const load of loads) load.stop();
  return [await loads[0].result(), await loads[1].result()];
}
