/** One message of 100 bytes per request, durable on a majority: how concurrency affects latency and throughput. */

import { atLeast, atMost } from '../goals.ts';
import type { Goal } from '../goals.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import { watchedLoad } from '../processor-time.ts';
import { count, micros, ms } from '../report/format.ts';
import type { Figure, Results } from '../results.ts';
import type { Column, Context, Scenario } from '../scenario.ts';
import { bare } from '../systems/bare.ts';
import type { Contestant } from '../systems/contestant.ts';

const name = 'single';
export const messageBytes = 100;
const writerCounts = [1, 16, 64, 256];
const quickWriterCounts = [1, 64];

export function writersName(lanes: number): string {
  return lanes === 1 ? '1 writer' : `${lanes} writers`;
}

const columns: readonly Column[] = [
  { variant: '1 writer', value: 'p50Ms', heading: '1 writer p50', format: ms, isHigherBetter: false },
  { variant: '1 writer', value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ...writerCounts.slice(1).flatMap((lanes): Column[] => [
    {
      variant: writersName(lanes),
      value: 'messagesPerSecond',
      heading: `${lanes} writers per second`,
      format: count,
      isHigherBetter: true,
    },
    { variant: writersName(lanes), value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ]),
  {
    variant: '64 writers',
    value: 'leaderMicros',
    heading: "64 writers, leader's processor time each",
    format: micros,
    isHigherBetter: false,
  },
];

const bounds = [
  { goal: 1, lanes: 64, system: 'redis-wait-1', what: 'of Redis, WAIT 1, AOF always', wanted: { disk: 1.1, memory: 0.9 } },
  { goal: 1, lanes: 64, system: 'nats', what: 'of NATS, R3', wanted: { disk: 0.65, memory: 0.9 } },
  { goal: 1, lanes: 64, system: 'etcd-grpc', what: 'of etcd, gRPC', wanted: { disk: 3.5, memory: 3.5 } },
  { goal: 2, lanes: 256, system: 'redis-wait-1', what: 'of Redis, WAIT 1, AOF always', wanted: { disk: 1.1, memory: 0.9 } },
  { goal: 2, lanes: 256, system: 'nats', what: 'of NATS, R3', wanted: { disk: 0.65, memory: 0.8 } },
  { goal: 2, lanes: 256, system: 'etcd-grpc', what: 'of etcd, gRPC', wanted: { disk: 3.5, memory: 3.5 } },
] as const satisfies readonly { readonly goal: Goal; readonly lanes: number; readonly system: string; readonly [key: string]: unknown }[];

export const single: Scenario = {
  name,
  title: 'one message of 100 bytes per request',
  isForMemory: true,
  columns,
  diskBytes: () => 2e9,
  run: async (context) => {
    const references = context.isBaseline ? [] : [bare];
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of [...context.oursInRound(round), ...references, ...context.peers]) await measure(context, contestant, round);
    }
  },
  judge: (results) => [
    ...bounds.map(({ goal, lanes, system, what, wanted }) => {
      const measured = ratio(results, { variant: writersName(lanes), system, value: 'messagesPerSecond' });
      return atLeast({ goal, what, measured, wanted });
    }),
    atMost({
      goal: 3,
      what: "at 64 writers, per append, of the bare handler's per request",
      measured: ratio(results, { variant: '64 writers', system: 'bare', value: 'leaderMicros' }),
      wanted: { memory: 1.2 },
    }),
  ],
};

function ratio(results: Results, reference: Omit<Figure, 'scenario'>): ReturnType<Results['ratio']> {
  const figure = { scenario: name, ...reference };
  return results.ratio({ ...figure, system: 'ours' }, figure);
}

async function measure(context: Context, contestant: Contestant, round: number): Promise<void> {
  context.say(`${name}, round ${round}: ${contestant.title} starts`);
  await using running = await contestant.start(context.workspace);
  // Most writers first, so that the code is compiled when latency is measured.
  const counts = (context.size === 'quick' ? quickWriterCounts : writerCounts).toReversed();
  for (const [index, lanes] of counts.entries()) {
    context.say(`${name}, round ${round}: ${contestant.title}, ${writersName(lanes)}`);
    const warmupMs = index === 0 ? context.coldWarmupMs : context.warmupMs;
    const plan = { target: running.target, lanes, messagesPerRequest: 1, messageBytes, warmupMs, windowMs: context.windowMs };
    const { result, microsPerRequest } = await watchedLoad(context, { pid: running.leaderPid, plan });
    running.check();
    assertNoFailures(contestant.title, result);
    await running.verify?.([result]);
    const { values, curve } = loadValues(result);
    context.add({
      scenario: name,
      system: contestant.id,
      variant: writersName(lanes),
      round,
      values: { ...values, leaderMicros: microsPerRequest },
      curve,
    });
  }
}
