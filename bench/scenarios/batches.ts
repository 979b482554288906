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
const lanes = 8;
/** etcd takes 128 operations per transaction unless told otherwise. */
const messagesPerRequest = 100;

const bounds = [
  { system: 'nats', what: '100-message batches, of NATS R3', wanted: 8 },
  { system: 'redis-wait-1', what: '100-message batches, of Redis WAIT 1, AOF always', wanted: 3 },
  { system: 'etcd-grpc', what: '100-message batches, of etcd, gRPC', wanted: 10 },
] as const;

export const batches: Scenario = {
  name,
  title: '100 messages of 100 bytes per request, 8 requests in flight',
  columns: [
    { variant, value: 'messagesPerSecond', heading: 'messages per second', format: count, isHigherBetter: true },
    { variant, value: 'p50Ms', heading: 'p50', format: ms, isHigherBetter: false },
    { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ],
  diskBytes: () => 2e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of [...context.oursInRound(round), ...context.peers]) await measure(context, contestant, round);
    }
  },
  judge: (results) => bounds.flatMap(({ system, what, wanted }) => atLeast({ goal: 2, what, measured: ratio(results, system), wanted })),
};

function ratio(results: Results, system: string): ReturnType<Results['ratio']> {
  const figure = { scenario: name, variant, value: 'messagesPerSecond' };
  return results.ratio({ ...figure, system: 'ours' }, { ...figure, system });
}

async function measure(context: Context, contestant: Contestant, round: number): Promise<void> {
  context.say(`${name}, round ${round}: ${contestant.title}`);
  await using running = await contestant.start(context.workspace);
  const { coldWarmupMs: warmupMs, windowMs } = context;
  const result = await context.load({ target: running.target, lanes, messagesPerRequest, messageBytes, warmupMs, windowMs });
  running.check();
  assertNoFailures(contestant.title, result);
  await running.verify?.([result]);
  context.add({ scenario: name, system: contestant.id, variant, round, ...loadValues(result) });
}
