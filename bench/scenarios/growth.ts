/** Does an append cost more when the log is long? And how long does a restart take? */

import { atLeast, atMost } from '../goals.ts';
import { fill } from '../fill.ts';
import { loadValues } from '../load-values.ts';
import { count, megabytes, ms } from '../report/format.ts';
import type { Results } from '../results.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { OurCluster } from '../systems/our-cluster.ts';
import type { OurContestant } from '../systems/ours.ts';
import { restartColumns, measureRestarts, restartBytes, judgeRestarts } from './restart.ts';
import { messageBytes } from './single.ts';

const growthName = 'growth';
const small = 'short log';
const big = 'long log';
/** The leader's memory: right after writing the long log, and after a restart and some appends. */
const written = 'after writing it';
const used = 'in use';
const lanes = 64;
const sizes = {
  quick: { smallEntries: 1000, bigEntries: 20_000, pairs: 1 },
  normal: { smallEntries: 10_000, bigEntries: 10_000_000, pairs: 10 },
  full: { smallEntries: 10_000, bigEntries: 10_000_000, pairs: 10 },
};
/** Of one entry of 100 bytes, on one disk. */
const entryBytes = 160;

export const growth: Scenario = {
  name: growthName,
  title: '10 million entries beside 10 thousand; restart with 10 GB',
  isLong: true,
  columns: [
    { variant: small, value: 'messagesPerSecond', heading: '64 writers, short log', format: count, isHigherBetter: true },
    { variant: big, value: 'messagesPerSecond', heading: 'long log', format: count, isHigherBetter: true },
    { variant: small, value: 'p99Ms', heading: 'p99, short log', format: ms, isHigherBetter: false },
    { variant: big, value: 'p99Ms', heading: 'long log', format: ms, isHigherBetter: false },
    { variant: written, value: 'leaderMegabytes', heading: "leader's memory after writing it", format: megabytes, isHigherBetter: false },
    { variant: used, value: 'leaderMegabytes', heading: 'in use', format: megabytes, isHigherBetter: false },
    ...restartColumns,
  ],
  diskBytes: (size) => 3 * entryBytes * sizes[size].bigEntries + restartBytes[size] * 1.1 + 3e9,
  run: async (context) => {
    for (const contestant of context.ours) {
      await measurePairs(context, contestant);
      await measureRestarts(context, contestant);
    }
  },
  judge: (results) => [
    atLeast({
      goal: 9,
      what: '64 writers, rate with a long log of that with a short one',
      measured: ratio(results, 'messagesPerSecond'),
      wanted: { disk: 0.85 },
    }),
    atMost({
      goal: 9,
      what: '64 writers, p99 with a long log of that with a short one',
      measured: ratio(results, 'p99Ms'),
      wanted: { disk: 1.15 },
    }),
    ...[written, used].map((variant) =>
      atMost({
        goal: 9,
        what: `leader's memory, long log, ${variant}`,
        measured: results.summary({ scenario: growthName, system: 'ours', variant, value: 'leaderMegabytes' }),
        unit: ' MB',
        wanted: { disk: 200 },
      }),
    ),
    ...judgeRestarts(results),
  ],
};

function ratio(results: Results, value: string): ReturnType<Results['ratio']> {
  const figure = { scenario: growthName, system: 'ours', value };
  return results.ratio({ ...figure, variant: big }, { ...figure, variant: small });
}

async function measurePairs(context: Context, contestant: OurContestant): Promise<void> {
  const { smallEntries, bigEntries, pairs } = sizes[context.size];
  const where = `${growthName}: ${contestant.title}`;
  context.say(`${where}, ${count(bigEntries)} entries are written`);
  await using cluster = await contestant.startCluster(context.workspace);
  await cluster.verify([await fill(context, cluster, { messages: bigEntries, messageBytes })]);
  addMemory(context, cluster, { contestant, round: 1, variant: written });
  for (let pair = 1; pair <= pairs; pair += 1) {
    // Both orders equally often, since the second one finds a warmer machine.
    const order = pair % 2 === 1 ? [small, big] : [big, small];
    for (const variant of order) {
      context.say(`${where}, pair ${pair} of ${pairs}, ${variant}`);
      const how = { contestant, round: pair, variant, smallEntries };
      if (variant === big) {
        // Both start with new processes, so neither gains from code that was compiled before.
        await cluster.restart();
        await measure(context, cluster, how);
      } else {
        // A new cluster each time, since its log would not stay short.
        await using fresh = await contestant.startCluster(context.workspace);
        await measure(context, fresh, how);
      }
    }
  }
}

interface How {
  readonly contestant: OurContestant;
  readonly round: number;
  readonly variant: string;
}

async function measure(context: Context, cluster: OurCluster, how: How & { readonly smallEntries: number }): Promise<void> {
  const { contestant, round, variant, smallEntries } = how;
  const { coldWarmupMs: warmupMs, windowMs } = context;
  const begun = await fill(context, cluster, { messages: smallEntries, messageBytes });
  const result = await context.load({ target: cluster.target, lanes, messagesPerRequest: 1, messageBytes, warmupMs, windowMs });
  await cluster.verify([begun, result]);
  context.add({ scenario: growthName, system: contestant.id, variant, round, ...loadValues(result) });
  if (variant === big) addMemory(context, cluster, { contestant, round, variant: used });
}

function addMemory(context: Context, cluster: OurCluster, { contestant, round, variant }: How): void {
  const leaderMegabytes = cluster.leader.memory().residentBytes / 1e6;
  context.add({ scenario: growthName, system: contestant.id, variant, round, values: { leaderMegabytes } });
}
