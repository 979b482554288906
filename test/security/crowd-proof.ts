/**
 * A crowd of callers at the leader of three real nodes, idle, slow or waiting. Others hardly notice, its memory stays within
 * bounds, and all is given back when they leave. At the default limit for one address the surplus is refused.
 *
 * It runs in a network of its own (own-network.ts): this machine's own addresses are not counted.
 */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { exchange } from '../support/api.ts';
import { isReady, startThree } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import type { CallerKind, Orders, Standing } from './crowd-callers.ts';
import { rssOf } from './memory.ts';
import { Others, othersLanes, quantile } from './others.ts';
import type { Latencies } from './others.ts';

export const crowdAddresses = Array.from({ length: 8 }, (_unused, n) => `10.56.0.${n + 1}`);
export const othersAddress = '10.56.1.1';
export const allAddresses = [...crowdAddresses, othersAddress];

const rssMax = 500 * 1024 * 1024;
/** How long the crowd may take to come. */
const arrivalMs = 60_000;
/** How long the node may take to give back what the crowd took. */
const leaveMs = 90_000;
/** What may stay of it in the heap, besides what the log itself takes meanwhile. */
const heapKeptMax = 24 * 1024 * 1024;
const rssGrowthMax = 64 * 1024 * 1024;
const usedHeap = 'nodejs_heap_size_used_bytes';
const perAddressDefault = 1024;

interface Measuring {
  /** For how long others are measured, each time. */
  readonly seconds: number;
  /** How often the callers come and leave. */
  readonly rounds: number;
  readonly say: (line: string) => void;
}

interface CrowdRun extends Measuring {
  readonly counts: Readonly<Record<CallerKind, number>>;
}

export interface Rounds {
  /** Of each round: the 99th percentile of others with the callers, in terms of that without them, before and after. */
  readonly ratios: readonly number[];
  /** Their median. */
  readonly slowdown: number;
}

/** All at once, again and again, with the limit for one address raised. @throws if a node grew too much, kept what it took, or refused others */
export async function proveCrowd({ counts, ...run }: CrowdRun): Promise<Rounds> {
  const three = await startThree({ env: { HOST: '::', CONNECTIONS_PER_ADDRESS_MAX: '1000000', LOG_LEVEL: 'info' } });
  await using _ = three.cluster;
  const { master } = three;
  const total = counts.idle + counts.slow + counts.poll;
  const connectionsMax = (await metric(master, 'rlog_connections')) + 2 * othersLanes;
  const heapBefore = await metric(master, usedHeap);
  let rssFirst: number | undefined;
  const rounds = await alternate(master, run, async () => {
    const crowd = new Crowd({ port: master.spec.port, addresses: crowdAddresses, counts });
    await waitFor('all of the crowd is there', () => crowd.standing.isComplete, arrivalMs);
    await waitFor('all polls wait', async () => (await metric(master, 'rlog_reads_waiting')) === counts.poll);
    return {
      leave: async () => {
        assert.deepEqual([crowd.standing.open, crowd.standing.refused], [total, 0], 'all of them are still there');
        assert.ok((await metric(master, 'rlog_connections')) >= total);
        const rss = rssOf(master);
        run.say(`${total} callers are there: ${mebibytes(rss)}`);
        assert.ok(rss < rssMax, `the node took ${mebibytes(rss)}`);
        // What a process has freed it keeps for the next time: that must be enough then.
        rssFirst ??= rss;
        assert.ok(rss < rssFirst + rssGrowthMax, `as many again took ${mebibytes(rss - rssFirst)} more`);
        await crowd.leave();
        const names = ['rlog_reads_waiting', 'rlog_appends_waiting_bytes', 'rlog_connections'];
        await waitFor('what they took is given back', async () => {
          const [waiting, bytes, connections] = await metrics(master, names);
          return waiting === 0 && bytes === 0 && Number(connections) <= connectionsMax;
        });
        await waitFor('its memory, too', async () => (await metric(master, usedHeap)) < heapBefore + heapKeptMax, leaveMs);
      },
    };
  });
  for (const node of three.cluster.nodes) assert.ok(node.isRunning, node.id);
  return rounds;
}

/** So many connections from one address, at the default limit. @throws if the surplus is not refused, or others are */
export async function proveSurplus({ callers, ...run }: Measuring & { readonly callers: number }): Promise<Rounds> {
  const three = await startThree({ env: { HOST: '::', LOG_LEVEL: 'info' } });
  await using _ = three.cluster;
  const { master } = three;
  const counts = { idle: 0, slow: 0, poll: callers };
  const limit = 'rlog_refused_total{limit="CONNECTIONS_PER_ADDRESS_MAX"}';
  let refusedBefore = 0;
  const rounds = await alternate(master, run, () => {
    const crowd = new Crowd({ port: master.spec.port, addresses: crowdAddresses.slice(0, 1), counts });
    const leave = async (): Promise<void> => {
      await waitFor('all of them came', () => crowd.standing.isComplete, arrivalMs);
      await waitFor('the surplus is closed', () => crowd.standing.open === perAddressDefault);
      const refused = await metric(master, limit);
      run.say(`${callers} callers of one address came: ${refused - refusedBefore} were refused`);
      assert.equal(refused - refusedBefore, callers - perAddressDefault);
      refusedBefore = refused;
      assert.equal(await metric(master, 'rlog_connections_of_one_address'), perAddressDefault);
      await crowd.leave();
      await waitFor('all have left', async () => (await metric(master, 'rlog_connections_of_one_address')) <= othersLanes);
    };
    return Promise.resolve({ leave });
  });
  const lines = master.events('limit.reached').length;
  assert.ok(lines > 0 && lines <= 1 + Math.ceil((3 * run.rounds * run.seconds + 60) / 60), `${lines} lines about it`);
  await isReady(master);
  return rounds;
}

interface Present {
  readonly leave: () => Promise<void>;
}

/** Measures others without and with the callers in turn, as the machine may do other things too. */
async function alternate(node: TestNode, { seconds, rounds, say }: Measuring, arrive: () => Promise<Present>): Promise<Rounds> {
  using others = new Others(node, othersAddress);
  // At first everything is slow.
  await others.during(seconds * 1000);
  let before = await others.during(seconds * 1000);
  say(`without them: ${toText(before)}`);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const present = await arrive();
    const during = await others.during(seconds * 1000);
    say(`with them: ${toText(during)}`);
    await present.leave();
    const after = await others.during(seconds * 1000);
    say(`without them: ${toText(after)}`);
    ratios.push((2 * during.p99) / (before.p99 + after.p99));
    before = after;
  }
  return { ratios, slowdown: quantile(ratios, 0.5) };
}

class Crowd implements AsyncDisposable {
  readonly #child: ChildProcess;
  standing: Standing = { isComplete: false, open: 0, refused: 0, closed: 0 };

  constructor(orders: Orders) {
    this.#child = fork(fileURLToPath(new URL('crowd-callers.ts', import.meta.url)), { execArgv: [] });
    this.#child.on('message', (standing: Standing) => (this.standing = standing));
    this.#child.send(orders);
  }

  async leave(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }
}

async function metric(node: TestNode, name: string): Promise<number> {
  const [value] = await metrics(node, [name]);
  return value ?? Number.NaN;
}

/** From one answer: each is asked for on a connection of its own, which counts, too. */
async function metrics(node: TestNode, names: readonly string[]): Promise<number[]> {
  const { text } = await exchange(new URL('/metrics', node.url), {});
  const lines = text.split('\n');
  return names.map((name) => Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? Number.NaN));
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}

function toText({ count, p50, p99 }: Latencies): string {
  return `${count} requests of others, half of them in ${p50.toFixed(1)} ms, 99 % in ${p99.toFixed(1)} ms`;
}
