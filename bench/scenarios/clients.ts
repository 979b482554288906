/** Appends from code, through client libraries: 256 in flight, 100 bytes each, and every acknowledgement is awaited. */

import { atLeast } from '../goals.ts';
import type { ClientTarget, LoadTarget } from '../load/plan.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import { count, ms } from '../report/format.ts';
import type { Results } from '../results.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { Contestant } from '../systems/contestant.ts';
import { messageBytes } from './single.ts';

const name = 'clients';
const variant = '256 in flight';
const lanes = 256;
/** Peers whose client is maintained: etcd's on npm has not been since 2023. */
const peerIds: readonly string[] = ['nats', 'redis-wait-1'];

export const clients: Scenario = {
  name,
  title: 'client libraries, one message of 100 bytes per call, 256 calls in flight',
  columns: [
    { variant, value: 'messagesPerSecond', heading: 'appends per second', format: count, isHigherBetter: true },
    { variant, value: 'p50Ms', heading: 'p50', format: ms, isHigherBetter: false },
    { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ],
  diskBytes: () => 2e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      const peers = context.peers.filter(({ id }) => peerIds.includes(id));
      for (const contestant of [...context.oursInRound(round), ...peers]) await measure(context, contestant, round);
    }
  },
  judge: (results) => [
    atLeast({ goal: 7, what: "of NATS's, R3", measured: ratio(results, 'nats'), wanted: { disk: 5 } }),
    atLeast({ goal: 7, what: "of Redis's, WAIT 1, AOF always", measured: ratio(results, 'redis-wait-1'), wanted: { disk: 5 } }),
  ],
};

function ratio(results: Results, system: string): ReturnType<Results['ratio']> {
  const figure = { scenario: name, variant, value: 'messagesPerSecond' };
  return results.ratio({ ...figure, system: 'ours' }, { ...figure, system });
}

async function measure(context: Context, contestant: Contestant, round: number): Promise<void> {
  context.say(`${name}, round ${round}: ${contestant.title}`);
  await using running = await contestant.start(context.workspace);
  const target = throughClient(running.target);
  const { coldWarmupMs: warmupMs, windowMs } = context;
  const result = await context.load({ target, lanes, messagesPerRequest: 1, messageBytes, warmupMs, windowMs });
  running.check();
  assertNoFailures(contestant.title, result);
  await running.verify?.([result]);
  context.add({ scenario: name, system: contestant.id, variant, round, ...loadValues(result) });
}

function throughClient(target: LoadTarget): ClientTarget {
  switch (target.kind) {
    case 'http':
      return { kind: 'our-client', port: target.port, w: target.w };
    case 'nats':
      return { kind: 'nats-client', port: target.port };
    case 'redis':
      return { kind: 'redis-client', port: target.port, replicas: target.replicas };
    default:
      throw new Error(`there is no client for ${target.kind}`);
  }
}
