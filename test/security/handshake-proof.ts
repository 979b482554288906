/** Tries at the handshake of real nodes, of which none may be taken for a node's: nothing changes, and little is logged. */

import assert from 'node:assert/strict';
import { Random } from '../../src/sim/world/random.ts';
import { append } from '../support/api.ts';
import { waitFor } from '../support/wait.ts';
import { directTries } from './handshake-tries.ts';
import type { Recorded, TryParts } from './handshake-tries.ts';
import { PeerCluster } from './peer-cluster.ts';
import type { PeerNode } from './peer-cluster.ts';
import type { Recording } from './tap.ts';
import { tapTries } from './tries-on-the-way.ts';

/** A stream that was accepted would stay open for longer than a try waits for its end: for twice the last of these. */
const patientHealth = { HEARTBEAT_INTERVAL_MS: '100', SUSPECTED_AFTER_MS: '2000', UNHEALTHY_AFTER_MS: '8000' };
const directAtOnce = 8;
/** On each of two ways. */
const onTheWayShare = 0.2;
/** Each kind of refusal is said once for each kind of caller, by either end. */
const refusalLinesMax = 60;
const recordedBytesMin = 4000;
const httpAsLength = Buffer.from('HTTP').readUInt32LE();

export interface HandshakeReport {
  /** How many there were of each kind, all of them refused. */
  readonly refused: ReadonlyMap<string, number>;
  /** Lines about them, in the logs of all nodes together. */
  readonly lines: number;
}

interface HandshakeRun {
  readonly seed: number;
  readonly count: number;
  readonly say: (line: string) => void;
}

/** @throws if one was not refused */
export async function proveHandshakes({ seed, count, say }: HandshakeRun): Promise<HandshakeReport> {
  const cluster = await PeerCluster.start({ isEqual: false, env: patientHealth });
  await using _ = cluster;
  await cluster.replicates('before');
  const recorded = await record(cluster);
  const before = await cluster.state();
  const linesBefore = refusalLines(cluster).length;
  const random = new Random(seed);
  const refused = new Map<string, number>();
  const parts = (): TryParts => ({ cluster, recorded, random: random.fork() });
  let done = 0;
  /** One after the other, each kind in turn. */
  const tries = async (kinds: (typeof directTries)[number][], isWanted: () => boolean): Promise<void> => {
    for (let turn = 0; isWanted(); turn += 1) {
      const [name, attempt] = kinds[turn % kinds.length] ?? assert.fail();
      const failure = await attempt(parts());
      assert.equal(failure, undefined, `${name}: ${failure} (seed ${seed})`);
      refused.set(name, (refused.get(name) ?? 0) + 1);
      done += 1;
      if (done % 100 === 0) say(`${done} tries refused`);
      if (done % 20 === 0) assert.deepEqual(await cluster.state(), before, `nothing changed (seed ${seed})`);
    }
  };
  // A try on the way waits until the node dials again; meanwhile others come to the nodes' ports.
  const onEachWay = Math.floor(count * onTheWayShare);
  const direct = upTo(count - tapTries.length * onEachWay);
  await Promise.all([
    ...tapTries.map(async (kinds) => tries([...kinds], upTo(onEachWay))),
    ...Array.from({ length: directAtOnce }, async (_unused, index) => tries(turned(directTries, index), direct)),
  ]);
  assert.deepEqual(await cluster.state(), before, `nothing changed (seed ${seed})`);
  for (const { node } of cluster.nodes) {
    // Where a stream is taken for requests, one genuine node answers the other one in HTTP, which is no frame.
    const broken = node.events('stream.broken').filter(({ reason }) => !String(reason).includes(` ${httpAsLength} bytes`));
    for (const events of [broken, ...['log.cut', 'log.diverged', 'request.failed'].map((event) => node.events(event))])
      assert.deepEqual(events, [], `${node.id}: nothing of a try came as far as this`);
  }
  const lines = refusalLines(cluster).length - linesBefore;
  assert.ok(lines <= refusalLinesMax, `${lines} lines about ${done} tries:\n${refusalLines(cluster).join('\n')}`);
  await cluster.replicates('after');
  return { refused, lines };
}

function upTo(count: number): () => boolean {
  let begun = 0;
  return () => {
    begun += 1;
    return begun <= count;
  };
}

function turned<T>(items: readonly T[], by: number): T[] {
  const at = Math.floor((by * items.length) / directAtOnce);
  return [...items.slice(at), ...items.slice(0, at)];
}

/** What all nodes say of those who are refused, and of those who answer in a node's place. */
function refusalLines({ nodes }: PeerCluster): string[] {
  return nodes.flatMap(({ node }) => node.output.match(/^.*"(?:stream\.refused|address\.of-no-node|tls\.no-handshake)".*$/gm) ?? []);
}

/** Two sessions on one way, one on the other, and a forwarded append. */
async function record(cluster: PeerCluster): Promise<Recorded> {
  const [master, s1, s2] = cluster.nodes as readonly [PeerNode, PeerNode, PeerNode];
  const first = await whole(s1);
  s1.tap.reset();
  await cluster.replicates('in a second session');
  const second = await whole(s1, first);
  const other = await whole(s2);
  assert.equal((await append(s1.node, 'forwarded')).status, 201);
  cluster.appended.push('forwarded');
  const requests = master.tap.recordings.findLast(({ there }) => there.includes('rlog-http/1'));
  assert.ok(requests);
  return { streams: [frozen(first), frozen(second), frozen(other)], requests: frozen(requests) };
}

async function whole({ tap }: PeerNode, except?: Recording): Promise<Recording> {
  const found = (): Recording | undefined =>
    tap.recordings.findLast((each) => each !== except && each.there.length > recordedBytesMin && each.back.length > 0);
  await waitFor('a stream is recorded', () => found() !== undefined);
  return found() ?? assert.fail();
}

function frozen({ there, back }: Recording): Recording {
  return { there: Buffer.from(there), back: Buffer.from(back) };
}
