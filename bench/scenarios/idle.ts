/** A cluster that was used and that nobody asks anything any more: what of a processor does each node use? */

import { atMost } from '../goals.ts';
import { processorMs } from '../processor-time.ts';
import { percent } from '../report/format.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { OurContestant } from '../systems/ours.ts';
import { pause } from '../wait.ts';
import { messageBytes } from './single.ts';

const name = 'idle';
const variant = 'idle';
const lanes = 64;
/** After the load: until code is compiled, memory given back and files put in order. */
const settleMs = { quick: 100, normal: 3000, full: 10_000 };
/** Processor time is counted in steps of 10 ms. */
const windowMs = { quick: 200, normal: 6000, full: 20_000 };
const wantedPercent = 1;

export const idle: Scenario = {
  name,
  title: 'three nodes that nobody asks anything, after a load',
  isForMemory: true,
  columns: [
    { variant, value: 'leaderPercent', heading: 'leader, of a processor', format: percent, isHigherBetter: false },
    { variant, value: 'followerPercent', heading: 'busiest follower', format: percent, isHigherBetter: false },
  ],
  diskBytes: () => 1e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of context.oursInRound(round)) await measure(context, contestant, round);
    }
  },
  judge: (results) => {
    const measured = results.summary({ scenario: name, system: 'ours', variant, value: 'highestPercent' });
    const wanted = { disk: wantedPercent, memory: wantedPercent };
    return [atMost({ goal: 3, what: 'the busiest of three idle nodes, of a processor', measured, unit: ' %', wanted })];
  },
};

async function measure(context: Context, contestant: OurContestant, round: number): Promise<void> {
  const where = `${name}, round ${round}: ${contestant.title}`;
  context.say(`${where}, a load`);
  await using cluster = await contestant.startCluster(context.workspace);
  const plan = { target: cluster.target, lanes, messagesPerRequest: 1, messageBytes };
  await cluster.verify([await context.load({ ...plan, warmupMs: 0, windowMs: context.coldWarmupMs })]);
  context.say(`${where}, nothing`);
  await pause(settleMs[context.size]);
  const used = (): number[] => cluster.nodes.map(({ pid }) => processorMs(pid));
  const [before, startedAt] = [used(), performance.now()];
  await pause(windowMs[context.size]);
  const elapsedMs = performance.now() - startedAt;
  const [leaderPercent = 0, ...followers] = used().map((ms, index) => (100 * (ms - (before[index] ?? 0))) / elapsedMs);
  cluster.check();
  const followerPercent = Math.max(...followers);
  const values = { leaderPercent, followerPercent, highestPercent: Math.max(leaderPercent, followerPercent) };
  context.add({ scenario: name, system: contestant.id, variant, round, values });
}
