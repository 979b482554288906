/**
 * What somebody who does not know the secret can try at a handshake: to play back, send back or change what he recorded, or
 * to pass with another key. Each try says what was wrong if it was not refused.
 */

import { randomBytes } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import type { PeerMessage } from '../../src/core/model/messages.ts';
import { clusterId, epoch, incarnation, nodeId, storageId } from '../../src/core/model/numbers.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { requestsProtocolName } from '../../src/protocol/versions.ts';
import { proveToReceiver } from '../../src/trust/peer-channel.ts';
import type { Random } from '../../src/sim/world/random.ts';
import type { PeerCluster } from './peer-cluster.ts';
import { unitsOf } from './tap.ts';
import type { Recording } from './tap.ts';
import { requestHead, Wire } from './wire.ts';

export interface Recorded {
  /** Two sessions of the master with the first secondary, and one with the second one. */
  readonly streams: readonly [Recording, Recording, Recording];
  /** Of the first secondary, which forwards an append to the master. */
  readonly requests: Recording;
}

export interface TryParts {
  readonly cluster: PeerCluster;
  readonly recorded: Recorded;
  readonly random: Random;
}

/** @returns what went wrong; `undefined`: it was refused */
export type Try = (parts: TryParts) => Promise<string | undefined>;

const [tlsAlert, tlsHandshake, tlsCipherChange, tlsData] = [21, 22, 20, 23];

/** A connection of the attacker's own. */
function own(portOf: (cluster: PeerCluster) => number, play: (wire: Wire, parts: TryParts) => Promise<void>): Try {
  return async (parts) => {
    const wire = new Wire(portOf(parts.cluster));
    try {
      await play(wire, parts);
      if (!(await wire.isEnded())) return 'the node did not end the connection';
      return whatWasSaid(wire);
    } finally {
      wire.socket.destroy();
    }
  };
}

/** A node says nothing before the proof but its refusal, or its part of the handshake. */
function whatWasSaid(wire: Wire): string | undefined {
  if (wire.head === undefined || /^HTTP\/1\.1 4\d\d /.test(wire.head)) return undefined;
  if (!wire.head.startsWith('HTTP/1.1 101 ')) return `the answer was ${wire.head}`;
  const foreign = unitsOf(wire.heard)
    .slice(1)
    .find((unit) => ![tlsAlert, tlsHandshake, tlsCipherChange, tlsData].includes(unit[0] ?? 0));
  return foreign === undefined ? undefined : `it said ${foreign.toString('hex')}`;
}

const master = (cluster: PeerCluster): number => cluster.at(0).peerPort;
const s1 = (cluster: PeerCluster): number => cluster.at(1).peerPort;
const s2 = (cluster: PeerCluster): number => cluster.at(2).peerPort;

/** Says one unit after the other, and each only when the node has said what it says in between. */
async function inStep(wire: Wire, units: readonly Buffer[]): Promise<void> {
  const [first = Buffer.alloc(0), hello = Buffer.alloc(0), ...others] = units;
  if (!(await wire.ask(first))) return;
  wire.write(hello);
  await wire.until(() => unitsOf(wire.heard).length > 1);
  for (const unit of others) wire.write(unit);
}

function playedBack(wire: Wire, bytes: Buffer, random: Random): void {
  wire.write(bytes);
  // Whether he then waits or goes away makes no difference.
  if (random.chance(0.5)) wire.socket.end();
}

export function withFlip(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  const at = random.between(0, changed.length - 1);
  changed[at] = (changed[at] ?? 0) ^ (1 << random.between(0, 7));
  return changed;
}

/** Made up, or that of a member. */
function someName({ random }: TryParts): string {
  return random.chance(0.5) ? `stranger-${random.id()}` : random.pick(['master', 's1', 's2']);
}

function head(parts: TryParts, { proof, upgrade }: { readonly proof?: string; readonly upgrade?: string }): Buffer {
  const clusters = [clusterIdOf(parts.recorded), parts.random.id()];
  return requestHead({ node: someName(parts), cluster: parts.random.pick(clusters), proof, ...(upgrade !== undefined && { upgrade }) });
}

function clusterIdOf({ streams: [{ there }] }: Recorded): string {
  return /^rlog-cluster: *(\S+)/im.exec(there.toString('latin1', 0, 2000))?.[1] ?? '';
}

/** Frames with which a stream begins, in the clear. */
export function plainFrames(parts: TryParts): Buffer {
  const hello: PeerMessage = {
    ...{ kind: 'hello', epoch: epoch(9), id: nodeId('master'), storageId: storageId('x'), incarnation: incarnation('i'), delayMs: 0 },
    ...{
      url: 'http://127.0.0.1:1',
      clusterId: clusterId(clusterIdOf(parts.recorded)),
      hasMessages: true,
      memberIds: [],
      wallClock: undefined,
    },
  };
  return Buffer.concat([...encodeMessage(hello), ...encodeMessage({ kind: 'requestPromise', epoch: epoch(9) })]);
}

async function withKey(wire: Wire, parts: TryParts, key: { readonly name: string; readonly bytes: Buffer }): Promise<void> {
  if (!(await wire.ask(head(parts, { proof: parts.cluster.key.name, ...somePurpose(parts) })))) return;
  // This end believes the node as little: it does not know the key either.
  await proveToReceiver(wire.socket, key).then(
    () => Promise.reject(new Error('the handshake came to an end with a wrong key')),
    () => undefined,
  );
}

function somePurpose({ random }: TryParts): { readonly upgrade?: string } {
  return random.chance(0.3) ? { upgrade: requestsProtocolName } : {};
}

const recordedTries: Readonly<Record<string, Try>> = {
  'a stream played back whole': own(s1, async (wire, { recorded, random }) =>
    Promise.resolve(playedBack(wire, recorded.streams[0].there, random)),
  ),
  'the beginning of a stream': own(s1, async (wire, { recorded, random }) => {
    const { there } = recorded.streams[0];
    wire.write(there.subarray(0, random.between(1, Math.min(there.length, 3000))));
    wire.socket.end();
    return Promise.resolve();
  }),
  'a stream played back in step': own(s1, async (wire, { recorded }) => inStep(wire, unitsOf(recorded.streams[0].there))),
  'a stream with another node played back': own(s2, async (wire, { recorded, random }) => {
    const units = unitsOf(random.pick(recorded.streams.slice(0, 2)).there);
    if (random.chance(0.5)) await inStep(wire, units);
    else playedBack(wire, Buffer.concat(units), random);
  }),
  'two sessions mixed': own(s1, async (wire, { recorded: { streams }, random }) => {
    const [one, other] = random.shuffled([...streams]).map(({ there }) => unitsOf(there));
    const from = random.between(1, 4);
    await inStep(wire, [...(one ?? []).slice(0, from), ...(other ?? []).slice(from)]);
  }),
  'a request played back': own(master, async (wire, { recorded, random }) => {
    if (random.chance(0.5)) await inStep(wire, unitsOf(recorded.requests.there));
    else playedBack(wire, recorded.requests.there, random);
  }),
  'a request played back as a stream': own(master, async (wire, parts) => {
    const [, ...records] = unitsOf(parts.recorded.requests.there);
    await inStep(wire, [head(parts, { proof: parts.cluster.key.name }), ...records]);
  }),
  'a stream played back with a flipped bit': own(s1, async (wire, { recorded, random }) => {
    const [first = Buffer.alloc(0), ...records] = unitsOf(recorded.streams[0].there);
    const at = random.between(0, 2);
    await inStep(wire, [first, ...records.map((each, index) => (index === at ? withFlip(each, random) : each))]);
  }),
  'what the node said, sent back': own(s1, async (wire, { recorded: { streams }, random }) => {
    const [first = Buffer.alloc(0), hello = Buffer.alloc(0)] = unitsOf(streams[0].there);
    if (!(await wire.ask(first))) return;
    if (random.chance(0.5)) return wire.write(wire.heard);
    wire.write(hello);
    await wire.until(() => unitsOf(wire.heard).length > 2);
    wire.write(wire.rest);
  }),
  'what another node answered, sent to it': own(s1, async (wire, { recorded: { streams } }) => {
    const [first = Buffer.alloc(0)] = unitsOf(streams[0].there);
    if (await wire.ask(first)) for (const unit of unitsOf(streams[2].back).slice(1)) wire.write(unit);
  }),
};

const otherSecretTries: Readonly<Record<string, Try>> = {
  'another secret': own(
    s1,
    async (wire, parts) => void (await wire.ask(head(parts, { proof: randomHex(parts.random), ...somePurpose(parts) }))),
  ),
  'the right name, and another key': own(s1, (wire, parts) =>
    withKey(wire, parts, { name: parts.cluster.key.name, bytes: randomBytes(32) }),
  ),
  'the right name first, another one in the handshake': own(master, (wire, parts) =>
    withKey(wire, parts, { name: randomHex(parts.random), bytes: parts.cluster.key.bytes }),
  ),
  'no secret': own(s1, async (wire, parts) => void (await wire.ask(head(parts, somePurpose(parts))))),
  'no secret, at the port for nodes': own(s2, async (wire, parts) => void (await wire.ask(head(parts, {})))),
  'an empty proof': own(s2, async (wire, parts) => {
    const names = ['', ',', ' ', '0', 'undefined', '__proto__', `${parts.cluster.key.name.slice(1)},`];
    await wire.ask(head(parts, { proof: parts.random.pick(names) }));
  }),
  'frames in the clear after the proof was offered': own(s1, async (wire, parts) => {
    if (await wire.ask(head(parts, { proof: parts.cluster.key.name }))) wire.write(plainFrames(parts));
  }),
  'frames in the clear together with the request': own(s2, (wire, parts) => {
    const proof = parts.random.chance(0.5) ? { proof: parts.cluster.key.name } : {};
    wire.write(Buffer.concat([head(parts, proof), plainFrames(parts)]));
    return Promise.resolve();
  }),
  'a handshake without a key': own(s2, async (wire, parts) => {
    if (!(await wire.ask(head(parts, { proof: parts.cluster.key.name })))) return;
    const old = { maxVersion: 'TLSv1.2', ciphers: 'PSK', pskCallback: () => ({ psk: parts.cluster.key.bytes, identity: 'x' }) } as const;
    const channel = connectTls({
      socket: wire.socket,
      rejectUnauthorized: false,
      ...(parts.random.chance(0.5) ? old : {}),
      checkServerIdentity: () => undefined,
    });
    await new Promise<void>((resolve) => channel.on('error', () => undefined).once('close', resolve));
  }),
};

export function randomHex(random: Random): string {
  return random.id() + random.id();
}

export const directTries = Object.entries({ ...recordedTries, ...otherSecretTries });
