/**
 * One run: a real cluster under load and faults; then all faults are ended, the cluster must recover completely, and the judge
 * checks the result.
 *
 * The seed decides the faults and what the clients send. Processes, disks and sockets decide when things happen, so the
 * same seed gives a similar run, not the same one.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../src/sim/world/random.ts';
import { exchange } from '../support/api.ts';
import { waitFor } from '../support/wait.ts';
import { Archivist } from './archivist.ts';
import { ChaosCluster, nodeCount } from './chaos-cluster.ts';
import type { ChaosNode, Coordinator } from './chaos-cluster.ts';
import { appendOnce, beat, closeConnections, probe, read, write } from './clients.ts';
import { FaultRunner } from './fault-runner.ts';
import type { FaultCounts } from './fault-runner.ts';
import { isWhole } from './faults.ts';
import { Recorder } from './history.ts';
import type { SeenEntry } from './history.ts';
import { judge } from './judge.ts';
import type { FinalLog } from './judge.ts';
import { killLeaders } from './leader-kills.ts';
import { countAppends, longestStallMs, report } from './report.ts';
import type { AppendCounts } from './report.ts';

const writerCount = 4;
const readerCount = 2;
const settledWithinMs = 60_000;
/** While the master and a majority are up, some append must be acknowledged within this. Generous, since the machine may be busy. */
const stallMsMax = 15_000;
/** A run writes some 7 MiB per minute, and with probes twice that. */
const diskMiB = { base: 32, perMinute: 24 };
const pageEntries = 20_000;

export interface ChaosResult {
  readonly table: string;
  readonly isSound: boolean;
  readonly appends: AppendCounts;
  readonly faults: FaultCounts;
  /** How many trims were acknowledged. */
  readonly trims: number;
  /** How many faults struck the leader. */
  readonly leaderStrikes: number;
  readonly skipped: Readonly<Record<string, string>>;
  /** The folders and logs of the nodes, if something was broken. */
  readonly keptFolder: string | undefined;
}

export async function runChaos(options: {
  readonly seed: number;
  readonly durationMs: number;
  readonly coordinator: Coordinator;
  /** No faults but that many kills of the leader; the run ends after them. */
  readonly kills?: number;
  /** The log is trimmed all the time. */
  readonly trims?: boolean;
  readonly say: (line: string) => void;
  /** A machine that is slow sees few faults: as long as there are fewer than these, the run goes on for up to `withinMs`. */
  readonly atLeast?: { readonly faults: number; readonly leaderStrikes: number; readonly withinMs: number };
  /** Ends the run early; nothing is judged. */
  readonly signal?: AbortSignal;
}): Promise<ChaosResult> {
  const { seed, durationMs, signal, coordinator, atLeast } = options;
  const sizeMiB = diskMiB.base + Math.ceil((Math.max(durationMs, atLeast?.withinMs ?? 0) / 60_000) * diskMiB.perMinute);
  await using cluster = await ChaosCluster.start({ coordinator, sizeMiB });
  const recorder = new Recorder({ nodeCount, isElected: coordinator === 'elections' });
  const start = recorder.now;
  const say = (line: string): void => options.say(`${((recorder.now - start) / 1000).toFixed(2).padStart(8)} s  ${line}`);
  const random = new Random(seed);
  const faults = new FaultRunner({ cluster, recorder, say });
  // When either of the two ends or fails, the other one ends too, since the cluster is stopped then.
  let isThrough = false;
  const lacksFaults = (): boolean =>
    atLeast !== undefined &&
    recorder.now - start < atLeast.withinMs &&
    (faults.total < atLeast.faults || recorder.history.strikes.filter(({ isLeader }) => isLeader).length < atLeast.leaderStrikes);
  const isOver = (): boolean => isThrough || (recorder.now - start >= durationMs && !lacksFaults()) || signal?.aborted === true;
  const archivist =
    options.trims === true ? new Archivist({ nodes: cluster.nodes, recorder, random: random.fork(), isOver: () => isThrough }) : undefined;
  const endsAll = async (work: Promise<unknown>): Promise<void> => {
    await work.finally(() => (isThrough = true));
  };
  const runs = await Promise.allSettled([
    endsAll(
      options.kills === undefined
        ? faults.run(random.between(0, 0xffff_ffff), isOver)
        : killLeaders({ cluster, recorder, say }, { seed, count: options.kills, isOver }),
    ),
    endsAll(runClients({ cluster, recorder, random, isOver: () => isThrough })),
    ...(archivist === undefined ? [] : [endsAll(archivist.run())]),
  ]);
  for (const run of runs) if (run.status === 'rejected') throw run.reason;
  signal?.throwIfAborted();
  const failures = [...faults.failures];
  const logs = failures.length > 0 ? [] : await settle({ cluster, recorder, archivist, say, failures });
  closeConnections();
  const { history } = recorder;
  const stallMs = longestStallMs(history);
  if (stallMs > stallMsMax) failures.push(`nothing was acknowledged for ${(stallMs / 1000).toFixed(1)} s, although a majority was up`);
  const broken = logs.length > 0 ? judge(history, logs) : [];
  const isSound = broken.length === 0 && failures.length === 0;
  const skipped: Record<string, string> = cluster.noDisks === undefined ? {} : { fill: cluster.noDisks };
  const table = report({
    nodeCount,
    seed,
    seconds: (recorder.now - start) / 1000,
    history,
    failedReadings: recorder.failedReadings,
    faults: faults.counts,
    missedFaults: faults.missed,
    skipped,
    logEnd: logs[0]?.entries.length ?? 0,
    broken,
    failures,
  });
  const keptFolder = isSound ? undefined : cluster.keep();
  const leaderStrikes = history.strikes.filter(({ isLeader }) => isLeader).length;
  return {
    table,
    isSound,
    appends: countAppends(history.attempts),
    faults: faults.counts,
    trims: archivist?.trims ?? 0,
    leaderStrikes,
    skipped,
    keptFolder,
  };
}

async function runClients(parts: {
  readonly cluster: ChaosCluster;
  readonly recorder: Recorder;
  readonly random: Random;
  readonly isOver: () => boolean;
}): Promise<void> {
  const { cluster, recorder, random, isOver } = parts;
  const client = (name: string) => ({ name, nodes: cluster.nodes, recorder, random: random.fork(), isOver });
  await Promise.all([
    ...(cluster.coordinator === 'static' ? [beat(client('beat'))] : cluster.nodes.map((node) => probe(client(`probe-${node.id}`), node))),
    ...Array.from({ length: writerCount }, (_, index) => write(client(`writer-${index + 1}`))),
    ...Array.from({ length: readerCount }, (_, index) => read(client(`reader-${index + 1}`))),
  ]);
}

/** Waits until all nodes have the same log. @returns their logs; what goes wrong is added to `failures` */
async function settle(parts: {
  readonly cluster: ChaosCluster;
  readonly recorder: Recorder;
  readonly archivist: Archivist | undefined;
  readonly say: (line: string) => void;
  readonly failures: string[];
}): Promise<FinalLog[]> {
  const { cluster, recorder, archivist, say, failures } = parts;
  const last = { client: 'last', key: undefined, w: 'all' as const, timeoutMs: 5000 };
  let tries = 0;
  try {
    await waitFor('the cluster is whole', () => isWhole(cluster), settledWithinMs);
    await waitFor(
      'an append is held by all',
      async () => {
        const node = (await cluster.leader()) ?? cluster.nodes[0];
        if (node === undefined) return false;
        const attempt = await appendOnce(recorder, node, { ...last, messages: [`last ${(tries += 1)}`] });
        return attempt.outcome === 'acknowledged';
      },
      settledWithinMs,
    );
    await waitFor('all nodes begin and end at the same offsets', () => haveOneRange(cluster), settledWithinMs);
    say('all faults are over, and the cluster has recovered');
    return await Promise.all(cluster.nodes.map((node) => logOf(node, archivist)));
  } catch (error) {
    failures.push(`after the faults: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

async function haveOneRange({ nodes }: ChaosCluster): Promise<boolean> {
  const healths = await Promise.all(nodes.map((node) => node.health()));
  const [first] = healths;
  const end = first?.ends.logEnd;
  return healths.every(
    ({ firstOffset, ends }) =>
      firstOffset === first?.firstOffset && ends.logEnd === end && ends.durableEnd === end && ends.visibleEnd === end,
  );
}

async function logOf(node: ChaosNode, archivist: Archivist | undefined): Promise<FinalLog> {
  const { firstOffset } = await node.health();
  const entries = await entriesOf(node, firstOffset);
  return { node: node.id, entries: archivist?.whole({ node: node.id, firstOffset, entries }) ?? entries };
}

async function entriesOf(node: ChaosNode, firstOffset: number): Promise<SeenEntry[]> {
  const entries: SeenEntry[] = [];
  for (;;) {
    const from = firstOffset + entries.length;
    const page = await exchange(new URL(`/messages?view=entries&from=${from}&limit=${pageEntries}`, node.url), {});
    const { messages } = JSON.parse(page.text) as { messages: SeenEntry[] };
    entries.push(...messages);
    if (messages.length < pageEntries) return entries;
    await pause(0);
  }
}
