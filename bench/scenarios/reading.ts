/** Reading the whole log: how fast, how much memory it takes, and how it affects writers. */

import { atLeast, atMost } from '../goals.ts';
import { fill } from '../fill.ts';
import { loadValues } from '../load-values.ts';
import type { LoadResult } from '../load/plan.ts';
import { MemoryWatch } from '../memory-watch.ts';
import { ReadProcess } from '../read-process.ts';
import { megabytes, ms } from '../report/format.ts';
import type { Results } from '../results.ts';
import type { Column, Context, Scenario } from '../scenario.ts';
import { median } from '../statistics.ts';
import type { OurCluster } from '../systems/our-cluster.ts';
import type { OurContestant } from '../systems/ours.ts';
import { largeBytes } from './large.ts';
import { messageBytes, writersName } from './single.ts';

const name = 'reading';
const oneReader = 'one reader';
const readers = 5;
const writerCounts = [1, 64];
const logMegabytes = { quick: 10, normal: 200, full: 1000 };
/** What "flat" means: less than the size of the log, which an answer built in memory would take. */
const growthMegabytesMax = 64;

export const reading: Scenario = {
  name,
  title: 'GET /messages as NDJSON, messages of 1 KiB',
  columns: [
    { variant: oneReader, value: 'megabytesPerSecond', heading: 'one reader, MB per second', format: megabytes, isHigherBetter: true },
    { variant: oneReader, value: 'leaderGrowthMegabytes', heading: "leader's memory grows by", format: megabytes, isHigherBetter: false },
    ...writerCounts.flatMap((lanes): Column[] => [
      { variant: writersName(lanes), value: 'p99Ms', heading: `${writersName(lanes)}, p99`, format: ms, isHigherBetter: false },
      { variant: duringReads(lanes), value: 'p99Ms', heading: 'during five reads', format: ms, isHigherBetter: false },
    ]),
  ],
  diskBytes: (size) => 4e6 * logMegabytes[size] + 1e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of context.oursInRound(round)) await measure(context, contestant, round);
    }
  },
  judge: (results) => [
    atLeast({
      goal: 9,
      what: 'one reader of 1 KiB messages',
      measured: results.summary({ ...reader, value: 'megabytesPerSecond' }),
      unit: ' MB/s',
      wanted: { disk: 150 },
    }),
    atMost({
      goal: 9,
      what: "growth of the leader's memory during a read",
      measured: results.summary({ ...reader, value: 'leaderGrowthMegabytes' }),
      unit: ' MB',
      wanted: { disk: growthMegabytesMax },
    }),
    ...writerCounts.map((lanes) =>
      atMost({
        goal: 9,
        what: `${writersName(lanes)}, p99 during five reads of that without`,
        measured: tailRatio(results, lanes),
        wanted: { disk: 2 },
      }),
    ),
  ],
};

const reader = { scenario: name, system: 'ours', variant: oneReader };

function duringReads(lanes: number): string {
  return `${writersName(lanes)}, five reads`;
}

function tailRatio(results: Results, lanes: number): ReturnType<Results['ratio']> {
  const figure = { scenario: name, system: 'ours', value: 'p99Ms' };
  return results.ratio({ ...figure, variant: duringReads(lanes) }, { ...figure, variant: writersName(lanes) });
}

async function measure(context: Context, contestant: OurContestant, round: number): Promise<void> {
  const where = `${name}, round ${round}: ${contestant.title}`;
  const found = { scenario: name, system: contestant.id, round };
  const messages = Math.ceil((logMegabytes[context.size] * 1e6) / largeBytes);
  context.say(`${where} is filled with ${logMegabytes[context.size]} MB`);
  await using cluster = await contestant.startCluster(context.workspace);
  await cluster.verify([await fill(context, cluster, { messages, messageBytes: largeBytes })]);
  context.say(`${where}, ${oneReader}`);
  context.add({ ...found, variant: oneReader, values: await readAlone(context, cluster) });
  const results: LoadResult[] = [];
  for (const lanes of writerCounts) {
    context.say(`${where}, ${writersName(lanes)}`);
    const without = await append(context, cluster, lanes);
    context.add({ ...found, variant: writersName(lanes), ...loadValues(without) });
    context.say(`${where}, ${duringReads(lanes)}`);
    const during = new ReadProcess(context.workspace, { port: cluster.leader.spec.port, readers, isRepeated: true });
    const withReads = await append(context, cluster, lanes);
    during.stop();
    const { reads } = await during.result();
    context.add({ ...found, variant: duringReads(lanes), ...loadValues(withReads) });
    if (reads.length < readers) context.note(`${name}: only ${reads.length} of ${readers} reads were answered`);
    results.push(without, withReads);
  }
  await cluster.verify(results);
}

async function readAlone(context: Context, cluster: OurCluster): Promise<Readonly<Record<string, number>>> {
  const { workspace } = context;
  const { port } = cluster.leader.spec;
  const times = context.size === 'quick' ? 1 : 3;
  const { message_count: messages } = await cluster.leader.health();
  using watch = new MemoryWatch(cluster.leader, 20);
  const rates: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const { reads } = await new ReadProcess(workspace, { port, readers: 1, isRepeated: false }).result();
    // Only the messages count, not their offsets, epochs and timestamps.
    for (const read of reads) rates.push((messages * largeBytes) / 1000 / read.ms);
  }
  return {
    megabytesPerSecond: median(rates),
    leaderGrowthMegabytes: watch.highestMegabytes - watch.firstMegabytes,
    leaderHighestMegabytes: watch.highestMegabytes,
  };
}

function append(context: Context, cluster: OurCluster, lanes: number): Promise<LoadResult> {
  const { warmupMs, windowMs } = context;
  return context.load({ target: cluster.target, lanes, messagesPerRequest: 1, messageBytes, warmupMs, windowMs });
}
