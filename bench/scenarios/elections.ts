/**
 * Equal nodes beside a master and its secondaries, in interleaved pairs: what the ability to elect costs while no node fails.
 * And whether load that leaves no processor idle makes them elect: no epoch should begin.
 */

import { CheckFailed } from '../check-failed.ts';
import { atLeast, atMost } from '../goals.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import { count, ms } from '../report/format.ts';
import type { Part } from '../goals.ts';
import type { Results } from '../results.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { OurContestant } from '../systems/ours.ts';
import { messageBytes } from './single.ts';

const name = 'elections';
const lanes = 64;
const electing = 'equal nodes';
const led = 'a master';

export const elections: Scenario = {
  name,
  title: `equal nodes beside a master and its secondaries, ${lanes} writers`,
  columns: [electing, led].flatMap((variant) => [
    { variant, value: 'messagesPerSecond', heading: `${variant}, per second`, format: count, isHigherBetter: true },
    { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ]),
  diskBytes: () => 2e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      // The second one finds a warmer machine.
      const variants = round % 2 === 1 ? [electing, led] : [led, electing];
      for (const contestant of context.oursInRound(round)) {
        for (const variant of variants) await measure(context, contestant, { variant, round });
      }
    }
  },
  judge,
};

async function measure(
  context: Context,
  contestant: OurContestant,
  { variant, round }: { readonly variant: string; readonly round: number },
): Promise<void> {
  context.say(`${name}, round ${round}: ${contestant.title}, ${variant}`);
  await using cluster = await contestant.startCluster(context.workspace, { isElected: variant === electing });
  const before = await cluster.leader.health();
  if (before.role !== 'leader') throw new CheckFailed(`${cluster.leader.spec.name} founded the cluster and does not lead it`);
  const plan = { target: cluster.target, lanes, messagesPerRequest: 1, messageBytes };
  const result = await context.load({ ...plan, warmupMs: context.coldWarmupMs, windowMs: context.windowMs });
  cluster.check();
  assertNoFailures(contestant.title, result);
  const after = await Promise.all(cluster.nodes.map((node) => node.health()));
  await cluster.verify([result]);
  const epochsBegun = Math.max(...after.map(({ epoch }) => epoch)) - before.epoch;
  const { values, curve } = loadValues(result);
  context.add({ scenario: name, system: contestant.id, variant, round, values: { ...values, epochsBegun }, curve });
}

function judge(results: Results): readonly Part[] {
  const rate = { scenario: name, system: 'ours', value: 'messagesPerSecond' };
  const epochs = results.summary({ scenario: name, system: 'ours', variant: electing, value: 'epochsBegun' });
  const ratio = results.ratio({ ...rate, variant: electing }, { ...rate, variant: led });
  return [
    atLeast({
      goal: 11,
      what: `${lanes} writers on equal nodes, of those on a master and its secondaries`,
      measured: ratio,
      wanted: { disk: 0.97 },
    }),
    atMost({ goal: 11, what: 'epochs begun under load', measured: epochs, unit: '', wanted: { disk: 0 } }),
  ];
}
