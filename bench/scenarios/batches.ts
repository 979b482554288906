/** A hundred messages of 100 bytes per request, eight requests in flight: what a log is made for. */

import { atLeast } from '../goals.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import { count, ms } from '../report/format.ts';
import type { Results } from '../results.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { Contestant } from '../systems/contestant.ts';
import { messageBytes } from './single.ts';

const name = 'batches';
const variant = '8 in flight';
/** etcd takes 128 operations per transaction unless told otherwise. */
export const batchLoad = { lanes: 8, messagesPerRequest: 100, messageBytes };

const bounds = [
  { system: 'nats', what: 'of NATS, R3', wanted: { disk: 5, memory: 9 } },
  { system: 'redis-wait-1', what: 'of Redis, WAIT 1, AOF always', wanted: { disk: 2.5, memory: 3 } },
  { system: 'etcd-grpc', what: 'of etcd, gRPC', wanted: { disk: 8, memory: 13 } },
] as const;

export const batches: Scenario = {
  name,
  title: '100 messages of 100 bytes per request, 8 requests in flight',
  isForMemory: true,
  columns: [
    { variant, value: 'messagesPerSecond', heading: 'messages per second', format: count, isHigherBetter: true },
    { variant, value: 'p50Ms', heading: 'p50', format: ms, isHigherBetter: false },
    { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ],
  diskBytes: () => 4e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of [...context.oursInRound(round), ...context.peers]) await measure(context, contestant, round);
    }
  },
  judge: (results) => bounds.map(({ system, what, wanted }) => atLeast({ goal: 5, what, measured: ratio(results, system), wanted })),
};

function ratio(results: Results, system: string): ReturnType<Results['ratio']> {
  const figure = { scenario: name, variant, value: 'messagesPerSecond' };
  return results.ratio({ ...figure, system: 'ours' }, { ...figure, system });
}

async function measure(context: Context, contestant: Contestant, round: number): Promise<void> {
  context.say(`${name}, round ${round}: ${contestant.title}`);
  await using running = await contestant.start(context.workspace);
  const { coldWarmupMs: warmupMs, windowMs } = context;
  const result = await context.load({ target: running.target, ...batchLoad, warmupMs, windowMs });
  running.check();
  assertNoFailures(contestant.title, result);
  await running.verify?.([result]);
  context.add({ scenario: name, system: contestant.id, variant, round, ...loadValues(result) });
}
