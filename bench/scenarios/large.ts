/** Messages of 1 KiB in batches, compared with what the machine can write, flush and send. */

import { atLeast } from '../goals.ts';
import { measureReplication } from '../limits/replication-limit.ts';
import { loadValues } from '../load-values.ts';
import { megabytes, ms } from '../report/format.ts';
import type { Context, Scenario } from '../scenario.ts';
import type { OurContestant } from '../systems/ours.ts';

const name = 'large';
const variant = '8 in flight';
const limit = 'limit: three flush, one sends two copies';
export const largeBytes = 1024;
const largeBatch = { messagesPerRequest: 100, messageBytes: largeBytes, lanes: 8 };
const limitBytes = { quick: 32e6, normal: 400e6, full: 1e9 };

export const large: Scenario = {
  name,
  title: '100 messages of 1 KiB per request, 8 requests in flight',
  columns: [
    { variant, value: 'megabytesPerSecond', heading: 'MB per second', format: megabytes, isHigherBetter: true },
    { variant, value: 'p50Ms', heading: 'p50', format: ms, isHigherBetter: false },
    { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
  ],
  diskBytes: () => 5e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const contestant of context.oursInRound(round)) await measure(context, contestant, round);
      if (!context.isBaseline) await measureLimit(context, round);
    }
  },
  judge: (results) => [
    atLeast({
      goal: 6,
      what: 'of what the machine can replicate',
      measured: results.ratio({ ...figure, system: 'ours' }, { ...figure, system: limit }),
      wanted: { disk: 0.75 },
    }),
  ],
};

const figure = { scenario: name, variant, value: 'megabytesPerSecond' };

async function measure(context: Context, contestant: OurContestant, round: number): Promise<void> {
  context.say(`${name}, round ${round}: ${contestant.title}`);
  await using cluster = await contestant.startCluster(context.workspace);
  const { coldWarmupMs: warmupMs, windowMs } = context;
  const result = await context.load({ target: cluster.target, ...largeBatch, warmupMs, windowMs });
  await cluster.verify([result]);
  const { values, curve } = loadValues(result);
  const megabytesPerSecond = ((values['messagesPerSecond'] ?? 0) * largeBytes) / 1e6;
  context.add({ scenario: name, system: contestant.id, variant, round, values: { ...values, megabytesPerSecond }, curve });
}

async function measureLimit(context: Context, round: number): Promise<void> {
  context.say(`${name}, round ${round}: the limit`);
  const bytesPerSecond = await measureReplication(context.workspace, { bytes: limitBytes[context.size] });
  context.add({ scenario: name, system: limit, variant, round, values: { megabytesPerSecond: bytesPerSecond / 1e6 } });
}
