/** What protection costs: a cluster without any, one with tokens and a secret, and one with TLS, one after the other in each round. */

import { atLeast } from '../goals.ts';
import { assertNoFailures, loadValues } from '../load-values.ts';
import { count } from '../report/format.ts';
import type { Results } from '../results.ts';
import type { Column, Context, Scenario } from '../scenario.ts';
import { tls, tokensAndSecret } from '../systems/our-security.ts';
import type { Security } from '../systems/our-security.ts';
import type { OurContestant } from '../systems/ours.ts';
import type { Workspace } from '../workspace.ts';
import { batchLoad } from './batches.ts';
import { messageBytes } from './single.ts';

const name = 'security';
const open = 'neither';
const shown = 'tokens and secret';
const encrypted = 'TLS';

const protections: readonly {
  readonly title: string;
  readonly make: ((workspace: Workspace) => Security | Promise<Security>) | undefined;
}[] = [
  { title: open, make: undefined },
  { title: shown, make: tokensAndSecret },
  { title: encrypted, make: tls },
];

const writers = '64 writers';
const batches = 'batches of 100';
const loads = { [writers]: { lanes: 64, messagesPerRequest: 1, messageBytes }, [batches]: batchLoad };
type Load = keyof typeof loads;

const variantOf = (title: string, load: Load): string => `${title}, ${load}`;

export const security: Scenario = {
  name,
  title: `tokens and a secret, and TLS, beside neither: ${writers}, and ${batches}`,
  columns: [writers, batches].flatMap((load) =>
    protections.map(
      ({ title }): Column => ({
        ...{ variant: variantOf(title, load as Load), value: 'messagesPerSecond', heading: variantOf(title, load as Load) },
        ...{ format: count, isHigherBetter: true },
      }),
    ),
  ),
  diskBytes: () => 3e9,
  run: async (context) => {
    for (let round = 1; round <= context.rounds; round += 1) {
      // Each comes first equally often: who comes later finds a warmer machine.
      const first = round % protections.length;
      for (const contestant of context.oursInRound(round)) {
        for (const { title, make } of [...protections.slice(first), ...protections.slice(0, first)])
          await measure(context, contestant, { round, title, security: await make?.(context.workspace) });
      }
    }
  },
  judge: (results) => [
    atLeast({
      goal: 12,
      what: `tokens and a secret, ${writers}, of neither`,
      measured: ratio(results, shown, writers),
      wanted: { disk: 0.95 },
    }),
    atLeast({ goal: 12, what: `tokens and a secret, ${batches}, of neither`, measured: ratio(results, shown, batches), wanted: {} }),
    atLeast({ goal: 12, what: `TLS, ${writers}, of plain HTTP`, measured: ratio(results, encrypted, writers), wanted: { disk: 0.6 } }),
    atLeast({ goal: 12, what: `TLS, ${batches}, of plain HTTP`, measured: ratio(results, encrypted, batches), wanted: { disk: 0.85 } }),
  ],
};

function ratio(results: Results, title: string, load: Load): ReturnType<Results['ratio']> {
  const rate = { scenario: name, system: 'ours', value: 'messagesPerSecond' };
  return results.ratio({ ...rate, variant: variantOf(title, load) }, { ...rate, variant: variantOf(open, load) });
}

async function measure(
  context: Context,
  contestant: OurContestant,
  { round, title, security: given }: { readonly round: number; readonly title: string; readonly security: Security | undefined },
): Promise<void> {
  await using cluster = await contestant.startCluster(context.workspace, given === undefined ? {} : { security: given });
  for (const load of [writers, batches] as const) {
    context.say(`${name}, round ${round}: ${contestant.title}, ${variantOf(title, load)}`);
    const { coldWarmupMs: warmupMs, windowMs } = context;
    const result = await context.load({ target: cluster.target, ...loads[load], warmupMs, windowMs });
    cluster.check();
    assertNoFailures(contestant.title, result);
    await cluster.verify([result]);
    context.add({ scenario: name, system: contestant.id, variant: variantOf(title, load), round, ...loadValues(result) });
  }
}
