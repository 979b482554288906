/**
 * The leader of three nodes is killed, suspended and stopped, and another one is promoted: how long do appends wait? Probes
 * go through each node that is left, every ten milliseconds. The same is done to etcd, NATS and Redis with Sentinel in the same run. At
 * the end each acknowledged append is looked for.
 */

import { startEtcd } from '../failover/etcd-members.ts';
import { startNats } from '../failover/nats-servers.ts';
import { startRedis } from '../failover/redis-sentinels.ts';
import { startOurEquals } from '../failover/our-equals.ts';
import { Prober } from '../failover/prober.ts';
import type { StrikableCluster } from '../failover/strikable.ts';
import { atMost } from '../goals.ts';
import type { Part } from '../goals.ts';
import { ms } from '../report/format.ts';
import type { Results } from '../results.ts';
import type { Column, Context, Scenario, Size } from '../scenario.ts';
import { quantile } from '../statistics.ts';
import { pause, waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';

const name = 'failover';
const killed = 'kill -9';
const suspended = 'SIGSTOP';
const stopped = 'SIGTERM';
const promoted = 'promote';
/** Everything together. */
const whole = 'whole run';

/** Per round: kills, suspensions, and hand-overs of each kind. */
const counts: Readonly<Record<Size, { readonly ours: Counts; readonly peers: Counts }>> = {
  quick: { ours: [2, 1, 1], peers: [1, 1, 1] },
  normal: { ours: [10, 5, 4], peers: [5, 2, 2] },
  full: { ours: [40, 20, 10], peers: [10, 5, 3] },
};
type Counts = readonly [kills: number, suspensions: number, handOvers: number];

const wholeWithinMs = 90_000;
const ledWithinMs = 60_000;
/** After a hand-over: appends that waited for it have been answered by then. */
const settleMs = 500;

/** What was measured of one system, in all rounds. */
interface Sample {
  readonly gaps: Map<string, number[]>;
  readonly failed: Map<string, number>;
  acknowledged: number;
  lost: number;
}

const gapColumns = [killed, suspended].flatMap((variant): Column[] => [
  { variant, value: 'p50Ms', heading: `${variant} to the next append, p50`, format: ms, isHigherBetter: false },
  { variant, value: 'p99Ms', heading: 'p99', format: ms, isHigherBetter: false },
]);
const handOverColumns = [stopped, promoted].flatMap((variant): Column[] => [
  { variant, value: 'maxMs', heading: `${variant}, longest append`, format: ms, isHigherBetter: false },
  { variant, value: 'failed', heading: 'failed', format: String, isHigherBetter: false },
]);

const lossColumns: readonly Column[] = [
  { variant: whole, value: 'acknowledged', heading: 'acknowledged in all', format: String, isHigherBetter: true },
  { variant: whole, value: 'lost', heading: 'of them lost', format: String, isHigherBetter: false },
];

export const failover: Scenario = {
  name,
  title: 'the leader is killed, suspended, stopped; another one is promoted',
  isLong: true,
  columns: [...gapColumns, ...handOverColumns, ...lossColumns],
  diskBytes: () => 2e9,
  run: async (context) => {
    const systems = systemsOf(context);
    const samples = new Map(
      systems.map(({ id }): [string, Sample] => [id, { gaps: new Map(), failed: new Map(), acknowledged: 0, lost: 0 }]),
    );
    for (let round = 1; round <= context.rounds; round += 1) {
      for (const system of systems) {
        const sample = samples.get(system.id);
        if (sample !== undefined) await measure(context, system, { round, sample });
      }
    }
    // The p99 is taken over all failovers together, not as a median over rounds.
    for (const [system, { gaps, failed, acknowledged, lost }] of samples) {
      context.add({ scenario: name, system, variant: whole, round: 1, values: { acknowledged, lost } });
      for (const [variant, all] of gaps) {
        const [p50Ms, p99Ms, maxMs] = [quantile(all, 0.5), quantile(all, 0.99), quantile(all, 1)];
        const values = { p50Ms, p99Ms, maxMs, count: all.length, failed: failed.get(variant) ?? 0 };
        context.add({ scenario: name, system, variant, round: 1, values, series: all.map((gap, index) => [index, gap]) });
      }
      const [kills, suspensions] = [killed, suspended].map((variant) => gaps.get(variant)?.length ?? 0);
      context.note(`${name}: ${system}: ${kills} kills, ${suspensions} suspensions`);
    }
  },
  judge,
};

interface System {
  readonly id: string;
  readonly title: string;
  readonly counts: Counts;
  readonly start: (workspace: Workspace) => Promise<StrikableCluster>;
}

function systemsOf(context: Context): System[] {
  const { ours, peers } = counts[context.size];
  const startPeer = new Map([
    ['etcd-json', startEtcd],
    ['nats', startNats],
    ['redis-wait-1', startRedis],
  ]);
  return [
    ...context.ours.map((contestant) => ({
      id: contestant.id,
      title: contestant.title,
      counts: ours,
      start: (workspace: Workspace) => startOurEquals(workspace, contestant),
    })),
    ...context.peers.flatMap(({ id, title }) => {
      const start = startPeer.get(id);
      return start === undefined ? [] : [{ id, title, counts: peers, start }];
    }),
  ];
}

async function measure(
  context: Context,
  system: System,
  { round, sample }: { readonly round: number; readonly sample: Sample },
): Promise<void> {
  context.say(`${name}, round ${round}: ${system.title} starts`);
  await using cluster = await system.start(context.workspace);
  const acknowledged = new Set<string>();
  const [kills, suspensions, handOvers] = system.counts;
  let strikes = 0;
  const each = async (variant: string, count: number, strike: (prefix: string) => Promise<Struck>): Promise<void> => {
    for (let n = 1; n <= count; n += 1) {
      context.say(`${name}, round ${round}: ${system.title}, ${variant}, ${n} of ${count}`);
      const { gapMs, failed, prober } = await strike(`r${round}s${(strikes += 1)}`);
      sample.gaps.set(variant, [...(sample.gaps.get(variant) ?? []), gapMs]);
      sample.failed.set(variant, (sample.failed.get(variant) ?? 0) + failed);
      for (const probe of prober.probes) if (probe.ended !== undefined && probe.failure === undefined) acknowledged.add(probe.name);
    }
  };
  await each(killed, kills, (prefix) => takeAway(cluster, { signal: 'SIGKILL', prefix }));
  await each(suspended, suspensions, (prefix) => takeAway(cluster, { signal: 'SIGSTOP', prefix }));
  await each(stopped, handOvers, (prefix) => handOver(cluster, { prefix, isPromotion: false }));
  if (cluster.promote !== undefined) await each(promoted, handOvers, (prefix) => handOver(cluster, { prefix, isPromotion: true }));
  await wholeLeader(cluster);
  sample.acknowledged += acknowledged.size;
  sample.lost += await cluster.lost(acknowledged);
}

interface Struck {
  readonly gapMs: number;
  readonly failed: number;
  readonly prober: Prober;
}

/** Measures from the signal to the first acknowledgement of an append that was sent after it. */
async function takeAway(
  cluster: StrikableCluster,
  { signal, prefix }: { readonly signal: 'SIGKILL' | 'SIGSTOP'; readonly prefix: string },
): Promise<Struck> {
  const leader = await wholeLeader(cluster);
  const victim = cluster.nodes[leader];
  if (victim === undefined) throw new Error(`there is no node ${leader}`);
  await using probing = await openProbes(cluster, { but: leader, prefix });
  const { prober } = probing;
  const struckAt = performance.now();
  victim.signal(signal);
  const acknowledgedAt = await prober.acknowledgedAfter(struckAt, ledWithinMs);
  await prober.stop();
  if (signal === 'SIGSTOP') victim.signal('SIGCONT');
  else {
    await victim.exited();
    victim.spawn();
  }
  return { gapMs: acknowledgedAt - struckAt, failed: 0, prober };
}

/** The longest of the acknowledged appends in flight or sent during the hand-over, through the nodes that stay, and how many failed. */
async function handOver(
  cluster: StrikableCluster,
  { prefix, isPromotion }: { readonly prefix: string; readonly isPromotion: boolean },
): Promise<Struck> {
  const leader = await wholeLeader(cluster);
  const victim = cluster.nodes[leader];
  if (victim === undefined) throw new Error(`there is no node ${leader}`);
  await using probing = await openProbes(cluster, { but: isPromotion ? undefined : leader, prefix });
  const { prober } = probing;
  const begunAt = performance.now();
  if (isPromotion) await cluster.promote?.((leader + 1) % cluster.nodes.length);
  else victim.signal('SIGTERM');
  if (!isPromotion) await victim.exited();
  await prober.acknowledgedAfter(performance.now(), ledWithinMs);
  await pause(settleMs);
  await prober.drain();
  if (!isPromotion) victim.spawn();
  const concerned = prober.probes.filter(({ ended }) => ended !== undefined && ended >= begunAt);
  const succeeded = concerned.filter(({ failure }) => failure === undefined);
  const gapMs = Math.max(...succeeded.map(({ began, ended = began }) => ended - began));
  return { gapMs, failed: concerned.length - succeeded.length, prober };
}

async function wholeLeader(cluster: StrikableCluster): Promise<number> {
  let leader: number | undefined;
  await waitFor(
    'all nodes are up and agree on the leader',
    async () => (leader = await cluster.wholeLeader()) !== undefined,
    wholeWithinMs,
  );
  return leader ?? 0;
}

/** Sends appends through all nodes but the one that will be gone; resolves when each of them has taken some. */
async function openProbes(
  cluster: StrikableCluster,
  { but, prefix }: { readonly but: number | undefined; readonly prefix: string },
): Promise<AsyncDisposable & { readonly prober: Prober }> {
  const indexes = cluster.nodes.map((_, index) => index).filter((index) => index !== but);
  const lanes = await Promise.all(indexes.map((index) => cluster.openLane(index)));
  const prober = new Prober(lanes, prefix);
  const dispose = async (): Promise<void> => {
    await prober.stop();
    for (const lane of lanes) lane.close();
  };
  try {
    await prober.isWarm();
    return { prober, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function judge(results: Results): readonly Part[] {
  const of = (variant: string, value: string): ReturnType<Results['summary']> =>
    results.summary({ scenario: name, system: 'ours', variant, value });
  const against = (system: string): ReturnType<Results['ratio']> => {
    const figure = { scenario: name, variant: killed, value: 'p50Ms' };
    return results.ratio({ ...figure, system: 'ours' }, { ...figure, system });
  };
  return [
    atMost({ goal: 13, what: 'kill -9 to the next append, p50', measured: of(killed, 'p50Ms'), unit: ' ms', wanted: { disk: 600 } }),
    atMost({ goal: 13, what: 'kill -9 to the next append, p99', measured: of(killed, 'p99Ms'), unit: ' ms', wanted: { disk: 1500 } }),
    atMost({ goal: 13, what: "kill -9 to the next append, of etcd's", measured: against('etcd-json'), wanted: { disk: 1 } }),
    atMost({ goal: 13, what: "kill -9 to the next append, of NATS's", measured: against('nats'), wanted: { disk: 1 } }),
    atMost({ goal: 13, what: 'SIGSTOP to the next append, p50', measured: of(suspended, 'p50Ms'), unit: ' ms', wanted: { disk: 2200 } }),
    atMost({ goal: 13, what: 'SIGSTOP to the next append, p99', measured: of(suspended, 'p99Ms'), unit: ' ms', wanted: { disk: 3000 } }),
    ...[stopped, promoted].flatMap((variant) => [
      atMost({ goal: 13, what: `${variant}, longest append`, measured: of(variant, 'maxMs'), unit: ' ms', wanted: { disk: 300 } }),
      atMost({ goal: 13, what: `${variant}, failed appends`, measured: of(variant, 'failed'), unit: '', wanted: { disk: 0 } }),
    ]),
  ];
}
