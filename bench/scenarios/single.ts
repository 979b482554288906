/** One message of 100 bytes per request, durable on a majority: how concurrency affects latency and throughput. */

import { atLeast } from '../goals.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import { count, ms } from '../report/format.ts';
import type { Results } from '../results.ts';
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
];

export const single: Scenario = {
  name,
  title: 'one message of 100 bytes per request',
  columns,
  diskBytes: () => 1e9,
  run: async (context) => {
    const references = context.isBaseline ? [] : [bare];
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of [...context.oursInRound(round), ...references, ...context.peers]) await measure(context, contestant, round);
    }
  },
  judge: (results) => [
    ...atLeast({ goal: 1, what: '64 writers, of the bare handler', measured: ratio(results, 'bare'), wanted: 0.75 }),
    ...atLeast({ goal: 1, what: "64 writers, of etcd's JSON gateway", measured: ratio(results, 'etcd-json'), wanted: 4 }),
  ],
};

function ratio(results: Results, system: string): ReturnType<Results['ratio']> {
  const figure = { scenario: name, variant: '64 writers', value: 'messagesPerSecond' };
  return results.ratio({ ...figure, system: 'ours' }, { ...figure, system });
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
    const result = await context.load(plan);
    running.check();
    assertNoFailures(contestant.title, result);
    await running.verify?.([result]);
    context.add({ scenario: name, system: contestant.id, variant: writersName(lanes), round, ...loadValues(result) });
  }
}
