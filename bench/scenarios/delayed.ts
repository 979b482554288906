/** A follower that delays everything by two seconds, and writers that wait only for the leader: does the leader's memory stay bounded? */

import { atMost } from '../goals.ts';
import { loadValues } from '../load-values.ts';
import { MemoryWatch } from '../memory-watch.ts';
import { count, fixed, megabytes } from '../report/format.ts';
import type { Context, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';
import type { OurContestant } from '../systems/ours.ts';
import { messageBytes } from './single.ts';

const name = 'delayed';
const variant = 'w=1';
const delaySeconds = '2.0';
const lanes = 8;
const messagesPerRequest = 100;
const seconds = { quick: 1, normal: 15, full: 60 };
/** Once warm, memory must not keep growing: the last quarter of the time compared with the second one. */
const growthMax = 1.25;

export const delayed: Scenario = {
  name,
  title: 'one follower delayed by 2 s, w=1 in batches at full rate',
  columns: [
    { variant, value: 'messagesPerSecond', heading: 'messages per second', format: count, isHigherBetter: true },
    { variant, value: 'leaderHighestMegabytes', heading: "leader's memory at its highest", format: megabytes, isHigherBetter: false },
    { variant, value: 'growth', heading: 'last quarter of second', format: fixed, isHigherBetter: false },
    { variant, value: 'secondsUntilComplete', heading: 'seconds until all is there', format: fixed, isHigherBetter: false },
  ],
  diskBytes: (size) => seconds[size] * 200e6 + 1e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of context.oursInRound(round)) await measure(context, contestant, round);
    }
  },
  judge: (results) => [
    atMost({
      goal: 9,
      what: "delayed follower, leader's memory in the last quarter of that in the second",
      measured: results.summary({ scenario: name, system: 'ours', variant, value: 'growth' }),
      wanted: { disk: growthMax },
    }),
  ],
};

async function measure(context: Context, contestant: OurContestant, round: number): Promise<void> {
  const where = `${name}, round ${round}: ${contestant.title}`;
  context.say(`${where}, ${seconds[context.size]} s`);
  await using cluster = await contestant.startCluster(context.workspace, { secondaryEnv: [{}, { REPLICATION_DELAY: delaySeconds }] });
  using watch = new MemoryWatch(cluster.leader, 200);
  const result = await context.load({
    target: cluster.targetWith(1),
    lanes,
    messagesPerRequest,
    messageBytes,
    warmupMs: 0,
    windowMs: seconds[context.size] * 1000,
  });
  const growth = median(watch.within(0.75, 1)) / median(watch.within(0.25, 0.5));
  const { series, highestMegabytes } = watch;
  const atEnd = [...series];
  context.say(`${where}, the delayed follower gets the rest`);
  const endedAt = performance.now();
  await cluster.verify([result], { deadlineMs: 600_000 });
  const { values } = loadValues(result);
  context.add({
    scenario: name,
    system: contestant.id,
    variant,
    round,
    values: {
      ...values,
      leaderHighestMegabytes: highestMegabytes,
      growth,
      secondsUntilComplete: cluster.completeAfterMs(endedAt) / 1000,
    },
    series: atEnd,
  });
}
