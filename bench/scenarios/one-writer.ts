/** One writer, and what each part of an append costs alone: a flush, a request, a frame to a follower and back. */

import { atMost } from '../goals.ts';
import { measureFlush } from '../limits/flush-limit.ts';
import { measureRoundTrip } from '../limits/round-trip-limit.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import type { Histogram } from '../load/histogram.ts';
import { ms } from '../report/format.ts';
import type { Results } from '../results.ts';
import type { Context, Scenario } from '../scenario.ts';
import { bare } from '../systems/bare.ts';
import type { Contestant } from '../systems/contestant.ts';
import { summarize } from '../statistics.ts';
import type { Summary } from '../statistics.ts';
import { messageBytes } from './single.ts';

const name = 'one-writer';
const variant = '1 writer';
const limit = 'limit: flush + request + frame';
/** The peer with the quickest single append that is flushed. */
const peerId = 'redis-wait-1';
/** The goal is about the best of five runs. */
const runsMin = 5;

export const oneWriter: Scenario = {
  name,
  title: 'one writer, messages of 100 bytes, and what its parts cost alone',
  isForMemory: true,
  columns: [
    { variant, value: 'p50Ms', heading: 'p50', format: ms, isHigherBetter: false },
    { variant, value: 'p90Ms', heading: 'p90', format: ms, isHigherBetter: false },
    { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
    { variant, value: 'p999Ms', heading: 'p99.9', format: ms, isHigherBetter: false },
    { variant, value: 'maxMs', heading: 'max', format: ms, isHigherBetter: false },
  ],
  diskBytes: () => 1e9,
  run: async (context) => {
    const rounds = context.size === 'quick' ? 1 : Math.max(context.rounds, runsMin);
    for (let round = 1; round <= rounds; round += 1) {
      const peers = context.peers.filter(({ id }) => id === peerId);
      for (const contestant of [...context.oursInRound(round), ...peers]) await measureLoad(context, contestant, round);
      if (!context.isBaseline) await measureLimit(context, round);
    }
  },
  judge: (results) => [
    atMost({
      goal: 4,
      what: 'p50, of Redis, WAIT 1, AOF always',
      measured: results.ratio({ ...p50, system: 'ours' }, { ...p50, system: peerId }),
      wanted: { disk: 1, memory: 2 },
    }),
    atMost({
      goal: 4,
      what: 'p50, of its parts alone',
      measured: results.ratio({ ...p50, system: 'ours' }, { ...p50, system: limit }),
      wanted: { disk: 1.6, memory: 1.4 },
    }),
    atMost({ goal: 4, what: 'p99 of p50, best run', measured: bestTail(results), wanted: { disk: 4, memory: 5 } }),
  ],
};

const p50 = { scenario: name, variant, value: 'p50Ms' };

function bestTail(results: Results): Summary | undefined {
  const tails = results
    .of({ scenario: name, system: 'ours', variant })
    .map(({ values }) => (values['p99Ms'] ?? 0) / (values['p50Ms'] ?? 0));
  return tails.length === 0 ? undefined : summarize([Math.min(...tails)]);
}

async function measureLoad(context: Context, contestant: Contestant, round: number): Promise<number> {
  context.say(`${name}, round ${round}: ${contestant.title}`);
  const { coldWarmupMs, warmupMs, windowMs } = context;
  await using running = await contestant.start(context.workspace);
  const plan = { target: running.target, messagesPerRequest: 1, messageBytes };
  // With one writer it would take long until everything is compiled.
  const warming = await context.load({ ...plan, lanes: 32, warmupMs: 0, windowMs: coldWarmupMs });
  const result = await context.load({ ...plan, lanes: 1, warmupMs, windowMs });
  running.check();
  assertNoFailures(contestant.title, result);
  await running.verify?.([warming, result]);
  const measured = loadValues(result);
  context.add({ scenario: name, system: contestant.id, variant, round, ...measured });
  return measured.values['p50Ms'] ?? 0;
}

async function measureLimit(context: Context, round: number): Promise<void> {
  const { workspace } = context;
  const times = context.size === 'quick' ? 200 : 2000;
  const request = await measureLoad(context, bare, round);
  context.say(`${name}, round ${round}: a flush and a frame alone`);
  const flush = await measureFlush(workspace.folder, { bytes: messageBytes, count: times });
  const frame = await measureRoundTrip(workspace, { bytes: messageBytes, count: 5 * times });
  add('write + fdatasync of 100 bytes', flush);
  add('frame of 100 bytes there and back', frame);
  const sum = request + p50Of(flush) + p50Of(frame);
  context.add({ scenario: name, system: limit, variant, round, values: { p50Ms: sum } });

  function add(system: string, latency: Histogram): void {
    const at = (share: number): number => latency.quantileMicros(share) / 1000;
    const values = { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) };
    context.add({ scenario: name, system, variant, round, values });
  }
}

function p50Of(latency: Histogram): number {
  return latency.quantileMicros(0.5) / 1000;
}
