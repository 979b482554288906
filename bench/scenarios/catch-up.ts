/** A follower with an empty folder gets the whole log: alone, and while 64 writers append. */

import { atLeast } from '../goals.ts';
import { fill } from '../fill.ts';
import { measureReceiving } from '../limits/receive-limit.ts';
import { measureDisk, measureLoopback } from '../limits/stream-limit.ts';
import { LoadProcess } from '../load-process.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import { count, fixed, megabytes } from '../report/format.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { OurCluster } from '../systems/our-cluster.ts';
import type { OurNode } from '../systems/our-node.ts';
import type { OurContestant } from '../systems/ours.ts';
import { waitFor } from '../wait.ts';
import { largeBytes } from './large.ts';
import { messageBytes } from './single.ts';

const name = 'catch-up';
const alone = 'alone';
const live = 'under load';
const limit = 'limit: one process receives, checks, writes, flushes';
const logBytes = { quick: 10e6, normal: 500e6, full: 2e9 };
const limitBytesMax = 1e9;
const lanes = 64;
/** Each round takes long. */
const roundsMax = 4;
const patienceMs = 900_000;
/** The follower that is started late. */
const lateIndex = 1;

export const catchUp: Scenario = {
  name,
  title: 'an empty follower gets the log',
  columns: [
    { variant: alone, value: 'megabytesPerSecond', heading: 'alone, MB per second', format: megabytes, isHigherBetter: true },
    { variant: live, value: 'megabytesPerSecond', heading: 'under load, MB per second', format: megabytes, isHigherBetter: true },
    { variant: live, value: 'secondsUntilCaughtUp', heading: 'seconds', format: fixed, isHigherBetter: false },
    { variant: 'without', value: 'messagesPerSecond', heading: 'appends per second without', format: count, isHigherBetter: true },
    { variant: live, value: 'messagesPerSecond', heading: 'and with', format: count, isHigherBetter: true },
  ],
  diskBytes: (size) => 3.5 * logBytes[size] + 2e9,
  run: async (context) => {
    const rounds = Math.min(context.rounds, roundsMax);
    for (let round = 1; round <= rounds; round += 1) {
      for (const contestant of context.oursInRound(round)) await measure(context, contestant, round);
      if (!context.isBaseline) await measureLimit(context, round);
    }
  },
  judge: (results) => [
    atLeast({
      goal: 8,
      what: 'alone, of one process that receives, checks, writes and flushes the same bytes',
      measured: results.ratio({ ...rate, system: 'ours' }, { ...rate, system: limit }),
      wanted: { disk: 0.6 },
    }),
    atLeast({
      goal: 8,
      what: 'alone',
      measured: results.summary({ ...rate, system: 'ours' }),
      unit: ' MB/s',
      wanted: { disk: 400 },
    }),
    atLeast({
      goal: 8,
      what: 'appends meanwhile, of those without',
      measured: results.ratio({ ...appends, variant: live }, { ...appends, variant: 'without' }),
      wanted: { disk: 0.8 },
    }),
  ],
};

const rate = { scenario: name, variant: alone, value: 'megabytesPerSecond' };
const appends = { scenario: name, system: 'ours', value: 'messagesPerSecond' };

async function measure(context: Context, contestant: OurContestant, round: number): Promise<void> {
  const where = `${name}, round ${round}: ${contestant.title}`;
  const found = { scenario: name, system: contestant.id, round };
  const bytes = logBytes[context.size];
  context.say(`${where} is filled with ${fixed(bytes / 1e6)} MB`);
  await using cluster = await contestant.startCluster(context.workspace, { isLate: [lateIndex] });
  const late = cluster.secondaries[lateIndex];
  if (late === undefined) throw new Error('there is a late follower');
  const filled = await fill(context, cluster, { messages: Math.ceil(bytes / largeBytes), messageBytes: largeBytes });
  assertNoFailures(contestant.title, filled);
  context.say(`${where}, ${alone}`);
  late.spawn();
  await late.serves();
  const aloneSeconds = await secondsUntilCaughtUp(cluster, late);
  context.add({ ...found, variant: alone, values: { megabytesPerSecond: bytes / 1e6 / aloneSeconds, secondsUntilCaughtUp: aloneSeconds } });
  await cluster.verify([filled]);

  context.say(`${where}, appends without a catch-up`);
  const { coldWarmupMs: warmupMs, windowMs, workspace } = context;
  const plan = { target: cluster.target, lanes, messagesPerRequest: 1, messageBytes, warmupMs };
  const without = await context.load({ ...plan, windowMs });
  assertNoFailures(contestant.title, without);
  context.add({ ...found, variant: 'without', ...loadValues(without) });
  await late.kill();
  late.wipe();
  context.say(`${where}, ${live}`);
  const load = new LoadProcess(workspace, { ...plan, windowMs: undefined, warmupMs: undefined, generator: context.nextGenerator() });
  await load.started();
  late.spawn();
  await late.serves();
  load.measure();
  const liveSeconds = await secondsUntilCaughtUp(cluster, late);
  load.stop();
  const during = await load.result();
  assertNoFailures(contestant.title, during);
  const values = { ...loadValues(during).values, megabytesPerSecond: bytes / 1e6 / liveSeconds, secondsUntilCaughtUp: liveSeconds };
  context.add({ ...found, variant: live, values });
  context.say(`${where}, checking the logs`);
  await cluster.verify([without, during]);
}

/** Waits until it holds everything that the leader held a moment before. */
async function secondsUntilCaughtUp(cluster: OurCluster, late: OurNode): Promise<number> {
  const startedAt = performance.now();
  let wanted = (await cluster.leader.health()).ends.durableEnd;
  await waitFor(
    `${late.spec.name} has caught up`,
    async () => {
      cluster.check();
      const { durableEnd } = (await late.health()).ends;
      if (durableEnd >= wanted) return true;
      wanted = (await cluster.leader.health()).ends.durableEnd;
      return false;
    },
    patienceMs,
  );
  return (performance.now() - startedAt) / 1000;
}

async function measureLimit(context: Context, round: number): Promise<void> {
  context.say(`${name}, round ${round}: the limit`);
  const bytes = Math.min(limitBytesMax, logBytes[context.size]);
  const disk = (await measureDisk(context.workspace, bytes)) / 1e6;
  const loopback = (await measureLoopback(context.workspace, bytes)) / 1e6;
  const receiving = (await measureReceiving(context.workspace, bytes)) / 1e6;
  const add = (system: string, megabytesPerSecond: number): void =>
    context.add({ scenario: name, system, variant: alone, round, values: { megabytesPerSecond } });
  add('disk, flushed per MiB', disk);
  add('loopback', loopback);
  add(limit, receiving);
}
