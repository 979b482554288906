/** Clients that know only a secondary, which forwards what they append, beside clients of the leader, in interleaved pairs. */

import { atLeast } from '../goals.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import { count, ms } from '../report/format.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { OurContestant } from '../systems/ours.ts';
import { messageBytes } from './single.ts';

const name = 'follower';
const lanes = 64;
const direct = 'at the leader';
const forwarded = 'through a follower';

export const throughFollower: Scenario = {
  name,
  title: `clients that know only a follower beside clients of the leader, ${lanes} writers`,
  columns: [forwarded, direct].flatMap((variant) => [
    { variant, value: 'messagesPerSecond', heading: `${variant}, per second`, format: count, isHigherBetter: true },
    { variant, value: 'p50Ms', heading: 'p50', format: ms, isHigherBetter: false },
    { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ]),
  diskBytes: () => 1e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      // The second one finds a warmer machine.
      const variants = round % 2 === 1 ? [forwarded, direct] : [direct, forwarded];
      for (const contestant of context.oursInRound(round)) {
        for (const variant of variants) await measure(context, contestant, { variant, round });
      }
    }
  },
  judge: (results) => {
    const rate = { scenario: name, system: 'ours', value: 'messagesPerSecond' };
    const measured = results.ratio({ ...rate, variant: forwarded }, { ...rate, variant: direct });
    return [atLeast({ goal: 10, what: `${lanes} writers, of those at the leader`, measured, wanted: { disk: 0.6 } })];
  },
};

async function measure(
  context: Context,
  contestant: OurContestant,
  { variant, round }: { readonly variant: string; readonly round: number },
): Promise<void> {
  context.say(`${name}, round ${round}: ${contestant.title}, ${variant}`);
  await using cluster = await contestant.startCluster(context.workspace);
  const target = variant === direct ? cluster.target : cluster.followerTarget;
  const { coldWarmupMs: warmupMs, windowMs } = context;
  const result = await context.load({ target, lanes, messagesPerRequest: 1, messageBytes, warmupMs, windowMs });
  cluster.check();
  assertNoFailures(contestant.title, result);
  await cluster.verify([result]);
  context.add({ scenario: name, system: contestant.id, variant, round, ...loadValues(result) });
}
