/** The faults: what is done to a node, how it is undone, and when it may be done. */

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../src/sim/world/random.ts';
import { exchange } from '../support/api.ts';
import { waitFor } from '../support/wait.ts';
import type { ChaosCluster, ChaosNode, Coordinator } from './chaos-cluster.ts';
import { appendOnce } from './clients.ts';
import type { Recorder } from './history.ts';

/** A blank node must become a member again within this, whatever happens to the others. */
const memberAgainMs = 60_000;
/** Within this a node reads in the background what it did not read at its start, even under load. */
const damageFoundMs = 60_000;
/** Codes with which a cluster with faults may answer a promotion. */
const promotionCodes: ReadonlySet<string> = new Set([
  // One that has just begun anew does not know the others yet.
  'node-unreachable',
  'promotion-refused',
  'promotion-timeout',
  'forward-failed',
  'no-leader',
  'unknown-node',
]);
const promotionMs = 5000;
/** Less than the silence after which a node is suspected. */
const laggingMs = 150;

export interface Fault {
  readonly cluster: ChaosCluster;
  readonly node: ChaosNode;
  readonly recorder: Recorder;
  readonly random: Random;
  /** Whether no other node has a fault that keeps it from answering. */
  readonly areOthersUp: () => boolean;
}

export interface FaultKind {
  /** Whether the node takes no part in the cluster while the fault lasts. */
  readonly takesDown: boolean;
  readonly isAllowed?: (fault: Fault) => Promise<boolean> | boolean;
  readonly inject: (fault: Fault) => Promise<void> | void;
  readonly heal: (fault: Fault) => Promise<void> | void;
}

export const faultKinds = {
  kill: {
    takesDown: true,
    inject: ({ node }) => node.process.kill(),
    heal: startAfterCrashes,
  },
  stop: {
    takesDown: true,
    inject: stop,
    heal: ({ node }) => node.begin(),
  },
  suspend: {
    takesDown: true,
    inject: ({ node }) => node.process.signal('SIGSTOP'),
    heal: ({ node }) => node.process.signal('SIGCONT'),
  },
  cut: {
    takesDown: true,
    inject: ({ node, random }) => node.cut(random.pick(['both', 'both', 'away', 'towards'] as const)),
    heal: healLinks,
  },
  slow: {
    takesDown: false,
    inject: ({ node, random }) => node.slow(random.between(10, 200)),
    heal: healLinks,
  },
  reset: {
    takesDown: false,
    inject: ({ node }) => node.reset(),
    heal: () => undefined,
  },
  fill: {
    takesDown: true,
    isAllowed: ({ node }) => node.disk !== undefined,
    inject: ({ node, random }) => node.disk?.fill(random.between(0, 4)),
    heal: ({ node }) => node.disk?.free(),
  },
  empty: {
    takesDown: true,
    isAllowed: mayLoseStorage,
    inject: async (fault) => {
      await killWhileSomebodyLags(fault);
      await empty(fault);
    },
    heal: comeBackBlank,
  },
  damage: {
    takesDown: true,
    isAllowed: async (fault) => closedSegments(fault.node).length > 0 && (await mayLoseStorage(fault)),
    inject: async (fault) => {
      await stop(fault);
      const name = flipOneBit(fault);
      const { process: node } = fault.node;
      // Without an index the damage is found at the start, with one a moment later.
      if (fault.random.chance(0.3)) loseIndexes(fault.node);
      const saidBefore = node.output.length;
      node.spawn();
      await waitFor(`${node.id} ends because of a damaged ${name}`, () => !node.isRunning, damageFoundMs);
      const { code } = await node.exited();
      assert.equal(code, 1, `${node.id} ends because of a damaged ${name}`);
      // If the flipped bit is in the version, the version is unknown.
      const refusals = `damaged at position \\d+|format version \\d+ is not known .* \\(at position \\d+\\)`;
      assert.match(node.output.slice(saidBefore), new RegExp(`rlog: ${name}: (${refusals})`));
      await empty(fault);
    },
    heal: comeBackBlank,
  },
  promote: {
    takesDown: false,
    inject: promote,
    heal: () => undefined,
  },
  stall: {
    takesDown: true,
    inject: ({ node }) => node.stall(true),
    heal: ({ node }) => node.stall(false),
  },
  /** The disk forgets something that it had flushed. After a proper stop, so that the node's note covers everything that it acknowledged. */
  shorten: {
    takesDown: true,
    isAllowed: mayLoseStorage,
    inject: async (fault) => {
      await stop(fault);
      shortenLastSegment(fault);
    },
    heal: comeBackBlank,
  },
  oneWay: {
    takesDown: true,
    inject: ({ cluster, node, random }) => {
      const others = cluster.nodes.filter((other) => other !== node);
      node.cutOneWay(random.pick(others), random.pick(['away', 'towards'] as const));
    },
    heal: healLinks,
  },
} satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof faultKinds;

const ofElections: ReadonlySet<string> = new Set<FaultName>(['promote', 'stall', 'shorten', 'oneWay']);

export function faultNamesOf(coordinator: Coordinator): FaultName[] {
  const all = Object.keys(faultKinds) as FaultName[];
  return coordinator === 'elections' ? all : all.filter((name) => !ofElections.has(name));
}

/** A second node may lose its storage only after the first one has everything back. */
async function mayLoseStorage({ cluster, areOthersUp }: Fault): Promise<boolean> {
  return areOthersUp() && (await isWhole(cluster));
}

/** Whether all nodes are healthy members with their storage, hold what is committed, and know the leader. */
export async function isWhole(cluster: ChaosCluster): Promise<boolean> {
  const { nodes } = cluster;
  try {
    const leader = await cluster.leader();
    if (leader === undefined) return false;
    const { role, members, ends } = await leader.health();
    const areMembers = members.every(({ state, health }) => state === 'member' && health === 'healthy');
    const haveAll = members.every(({ durableEnd }) => durableEnd !== null && durableEnd >= ends.committedEnd);
    if (role !== 'leader' || members.length !== nodes.length || !areMembers || !haveAll) return false;
    const healths = await Promise.all(nodes.map((node) => node.health()));
    return healths.every((health) => health.leader?.id === leader.id);
  } catch {
    // A node does not answer.
    return false;
  }
}

async function stop({ node }: Fault): Promise<void> {
  const { code, signal } = await node.process.stop();
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `${node.id} ends with 0 after SIGTERM`);
}

/** Starts the node, perhaps after some starts that are killed half-way. */
async function startAfterCrashes({ node, random }: Fault): Promise<void> {
  while (random.chance(0.3)) {
    node.start += 1;
    node.process.spawn();
    await pause(random.between(50, 800));
    await node.process.kill();
  }
  await node.begin();
}

function healLinks({ node }: Fault): void {
  node.healLinks();
}

/** Asks any node for the promotion. While others have faults, a refusal is an acceptable answer. */
async function promote({ cluster, node, random }: Fault): Promise<void> {
  const asked = random.pick(cluster.nodes);
  let answer: { readonly status: number; readonly text: string };
  try {
    answer = await exchange(new URL('/promote', asked.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: node.id, timeoutMs: promotionMs }),
      signal: AbortSignal.timeout(2 * promotionMs),
    });
  } catch {
    // The node that was asked is down, or suspended.
    return;
  }
  const { leader, code } = JSON.parse(answer.text) as { leader?: string; code?: string };
  if (answer.status === 200) assert.equal(leader, node.id, `the promoted node leads: ${answer.text}`);
  else assert.ok(code !== undefined && promotionCodes.has(code), `a promotion is refused for a reason: ${answer.text}`);
}

/**
 * Kills the node while another one lags, so that its last entries are not on all nodes. A majority still has what was
 * acknowledged there, and loses only one of the storages that hold it; no other node loses its storage before all nodes
 * have everything again.
 */
async function killWhileSomebodyLags({ cluster, node, random }: Fault): Promise<void> {
  const slowed = random.pick(cluster.nodes);
  slowed.slow(laggingMs);
  await pause(random.between(0, 2 * laggingMs));
  await node.process.kill();
  // What is in flight is lost.
  slowed.reset();
  slowed.healLinks();
}

async function empty({ cluster, node, recorder }: Fault): Promise<void> {
  const at = recorder.now;
  const others = cluster.nodes.filter((other) => other !== node);
  const ends = await Promise.all(others.map(async (other) => (await other.health()).ends.durableEnd));
  recorder.emptied({ node: node.id, isMaster: node.isMaster, at, othersEnd: Math.max(...ends) });
  node.process.wipe();
}

/** Starts the node and waits for the proof that it counts again: an append that three storages hold. */
async function comeBackBlank({ cluster, node, recorder }: Fault): Promise<void> {
  await node.begin();
  let probes = 0;
  await waitFor(
    `${node.id} is a member again after it was emptied`,
    async () => {
      if (!(await isWhole(cluster))) return false;
      probes += 1;
      const message = `probe of ${node.id}, start ${node.start}, ${probes}`;
      const append = { client: 'probe', messages: [message], key: undefined, w: cluster.nodes.length, timeoutMs: 1000 };
      return (await appendOnce(recorder, node, append)).outcome === 'acknowledged';
    },
    memberAgainMs,
  );
}

function segments({ process: node }: ChaosNode): string[] {
  return readdirSync(node.dataDir)
    .filter((name) => /^\d{20}\.log$/.test(name))
    .toSorted();
}

function closedSegments(node: ChaosNode): string[] {
  return segments(node).slice(0, -1);
}

/** Cuts off some bytes, or removes the whole file. */
function shortenLastSegment({ node, random }: Fault): void {
  const name = segments(node).at(-1);
  if (name === undefined) throw new Error(`${node.id} has no segments`);
  const path = join(node.process.dataDir, name);
  if (random.chance(0.3)) rmSync(path);
  else truncateSync(path, random.between(0, statSync(path).size));
}

function loseIndexes({ process: node }: ChaosNode): void {
  for (const name of readdirSync(node.dataDir)) if (name.endsWith('.index')) rmSync(join(node.dataDir, name));
}

/** @returns the segment's name */
function flipOneBit({ node, random }: Fault): string {
  const name = random.pick(closedSegments(node));
  const path = join(node.process.dataDir, name);
  const bytes = readFileSync(path);
  const position = random.between(0, bytes.length - 1);
  bytes[position] = (bytes[position] ?? 0) ^ (1 << random.between(0, 7));
  writeFileSync(path, bytes);
  return name;
}
