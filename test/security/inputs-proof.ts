/** Inputs at the ports of real nodes, none of which may end a node, be stored, stay in its memory, or keep the cluster from going on. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src/sim/world/random.ts';
import { messagesOf } from '../support/api.ts';
import { answering, candidate, guest, identitiesOf, leader, stranger, unintroduced } from './gone-wrong.ts';
import type { Identities, Session } from './gone-wrong.ts';
import { forgedMark } from './hostile-inputs.ts';
import { Memory } from './memory.ts';
import { PeerCluster } from './peer-cluster.ts';

const quick = {
  HEARTBEAT_INTERVAL_MS: '100',
  SUSPECTED_AFTER_MS: '300',
  UNHEALTHY_AFTER_MS: '900',
  ELECTION_TIMEOUT_MS: '600',
  LOG_LEVEL: 'error',
};
const perRound = 10_000;
/** The part of the run in which nodes take the memory that they need anyway. */
const warmUp = 0.1;
const rssGrowthMax = 64 * 1024 * 1024;

export interface InputsReport {
  /** How many there were of each kind. */
  readonly kinds: ReadonlyMap<string, number>;
  readonly total: number;
  /** By how much the memory of a node exceeded what it was after the warm-up: the most of any node. */
  readonly rssGrowth: number;
  readonly rssAfterWarmUp: number;
}

interface InputsRun {
  readonly seed: number;
  readonly count: number;
  readonly say: (line: string) => void;
}

interface Share {
  readonly part: number;
  readonly atOnce: number;
  readonly session: (session: Session) => Promise<void>;
  /** How many sessions there are at most. */
  readonly most?: number;
}

/** What leaves the cluster its leader comes first. */
const phases: readonly (readonly Share[])[] = [
  [
    { part: 0.15, atOnce: 16, session: stranger },
    { part: 0.03, atOnce: 2, session: unintroduced },
    { part: 0.6, atOnce: 8, session: guest },
    // No node dials the one that leads.
    { part: 0.02, atOnce: 1, session: answering, most: 2 },
  ],
  [
    { part: 0.1, atOnce: 2, session: candidate },
    { part: 0.1, atOnce: 2, session: leader },
  ],
];

/** @throws if a node ended, stored something, grew too much, or if the nodes do not go on */
export async function proveInputs({ seed, count, say }: InputsRun): Promise<InputsReport> {
  const cluster = await PeerCluster.start({ isEqual: true, env: quick });
  await using _ = cluster;
  await cluster.replicates('before');
  const identities = await identitiesOf(cluster);
  const random = new Random(seed);
  const kinds = new Map<string, number>();
  using memory = new Memory(cluster.nodes.map(({ node }) => node));
  let total = 0;
  while (total < count) {
    const round = Math.min(perRound, count - total);
    for (const shares of phases) total += await inputs(shares, { cluster, identities, random: random.fork(), kinds, round });
    for (const { node } of cluster.nodes) assert.ok(node.isRunning, `${node.id} lives (seed ${seed}):\n${node.output.slice(-3000)}`);
    await cluster.replicates(`after ${total}`);
    if (total >= warmUp * count) memory.isWarm();
    say(`${total} inputs; ${memory.toString()}`);
  }
  for (const { node } of cluster.nodes) {
    assert.deepEqual(await messagesOf(node), cluster.appended, `${node.id} has what was appended, and nothing else`);
    for (const file of readdirSync(node.dataDir, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      assert.ok(!readFileSync(join(file.parentPath, file.name)).includes(forgedMark), `${node.id} stored what it refused, in ${file.name}`);
    }
  }
  const { growth, warm } = memory;
  assert.ok(growth < rssGrowthMax, `a node grew by ${growth} bytes (seed ${seed})`);
  return { kinds, total, rssGrowth: growth, rssAfterWarmUp: warm };
}

interface RoundParts {
  readonly cluster: PeerCluster;
  readonly identities: Identities;
  readonly random: Random;
  readonly kinds: Map<string, number>;
  readonly round: number;
}

async function inputs(shares: readonly Share[], { cluster, identities, random, kinds, round }: RoundParts): Promise<number> {
  const counts = await Promise.all(
    shares.map(async ({ part, atOnce, session, most = Number.POSITIVE_INFINITY }) => {
      const wanted = Math.max(1, Math.floor(part * round));
      let said = 0;
      const isEnough = (): boolean => said >= wanted;
      const count = (kind: string): void => {
        said += 1;
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      };
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (let tries = 0; tries < most && !isEnough(); tries += 1)
            await session({ cluster, identities, random: random.fork(), count, isEnough });
        }),
      );
      return said;
    }),
  );
  return counts.reduce((sum, each) => sum + each, 0);
}
