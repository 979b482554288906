/**
 * A member that knows the secret and says what it should not, as the node that dials or as the one that is dialed; and somebody
 * without the secret at the same ports.
 */

import type { Duplex } from 'node:stream';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { PeerMessage } from '../../src/core/model/messages.ts';
import { batchNumber, clusterId, epoch } from '../../src/core/model/numbers.ts';
import type { LogPoint } from '../../src/core/model/place.ts';
import { proofHeader } from '../../src/api/headers.ts';
import { MessageReader } from '../../src/protocol/message-codec.ts';
import { requestsProtocolName } from '../../src/protocol/versions.ts';
import { proveToCaller, proveToReceiver } from '../../src/trust/peer-channel.ts';
import type { Random } from '../../src/sim/world/random.ts';
import { waitFor } from '../support/wait.ts';
import { hostileInput } from './hostile-inputs.ts';
import type { Input } from './hostile-inputs.ts';
import type { PeerCluster } from './peer-cluster.ts';
import { frameOf, helloOf } from './plausible-messages.ts';
import type { Known } from './plausible-messages.ts';
import { join } from './tap.ts';
import { requestHead, Wire } from './wire.ts';

/** A node answers within this, whatever it was told before; or it hangs. */
const answerMs = 20_000;

type Message<Kind extends PeerMessage['kind']> = Extract<PeerMessage, { kind: Kind }>;

/** A stream on which the secret was proved. */
export class Member {
  readonly #channel: Duplex;
  readonly #reader = new MessageReader(() => true);
  readonly heard: PeerMessage[] = [];
  isClosed = false;
  #round = 0;

  constructor(channel: Duplex) {
    this.#channel = channel;
    channel.on('error', () => undefined);
    channel.once('close', () => (this.isClosed = true));
    channel.once('end', () => channel.destroy());
    channel.on('data', (chunk: Buffer) => {
      const messages = this.#reader.push(chunk);
      this.heard.push(...messages);
    });
  }

  static async dial(port: number, cluster: PeerCluster): Promise<Member> {
    const wire = new Wire(port);
    if (!(await wire.ask(requestHead({ proof: cluster.key.name })))) throw new Error(`refused: ${wire.head}`);
    return new Member(await proveToReceiver(wire.socket, cluster.key));
  }

  say(bytes: Uint8Array): void {
    if (this.#channel.writable) this.#channel.write(bytes);
  }

  /** @returns `undefined` if the node refuses, or ends the stream */
  async hears<Kind extends PeerMessage['kind']>(kind: Kind): Promise<Message<Kind> | undefined> {
    const found = (): PeerMessage | undefined => this.heard.findLast((message) => message.kind === kind);
    await this.#until(() => found() !== undefined || this.heard.some((message) => message.kind === 'refuse'), `a ${kind}`);
    return found() as Message<Kind> | undefined;
  }

  /** Everything that was said before has had its effect. @returns whether the stream is still open */
  async isHeard(known: Known): Promise<boolean> {
    this.#round += 1;
    const round = 2 ** 45 + this.#round;
    this.say(frameOf({ kind: 'poll', epoch: epoch(0), round, tip: { epoch: epoch(0), number: batchNumber(-1) }, priority: 0 }));
    const isAnswered = (): boolean => this.heard.some((message) => message.kind === 'pollAnswer' && message.round === round);
    await this.#until(isAnswered, `an answer to a poll (${known.self.id})`);
    this.heard.length = 0;
    return !this.isClosed;
  }

  close(): void {
    this.#channel.destroy();
  }

  async #until(isMet: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + answerMs;
    while (!isMet() && !this.isClosed) {
      if (performance.now() > deadline) throw new Error(`the node neither sent ${what} nor ended the stream`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(go, 1000);
        const channel = this.#channel;
        function go(): void {
          clearTimeout(timer);
          channel.off('data', go).off('close', go);
          resolve();
        }
        channel.once('data', go).once('close', go);
      });
    }
  }
}

/** What each node says of itself to who dials it. */
export type Identities = readonly Message<'hello'>[];

export async function identitiesOf(cluster: PeerCluster): Promise<Identities> {
  const identities: Message<'hello'>[] = [];
  for (const { peerPort } of cluster.nodes) {
    const member = await Member.dial(peerPort, cluster);
    member.say(frameOf(helloOf({ id: 'looks', storage: 'x', cluster: null, members: [] })));
    const hello = await member.hears('hello');
    if (hello === undefined) throw new Error('a node does not introduce itself');
    identities.push(hello);
    member.close();
  }
  return identities;
}

export interface Session {
  readonly cluster: PeerCluster;
  readonly identities: Identities;
  readonly random: Random;
  /** Of this kind there was one more. */
  readonly count: (kind: string) => void;
  /** How many more there may be. */
  readonly isEnough: () => boolean;
}

/** The one that goes wrong is another one than the node that it speaks to. */
function victimOf({ cluster, identities, random }: Session): { readonly index: number; readonly port: number; readonly known: Known } {
  const index = random.between(0, 2);
  const other = identities[(index + random.between(1, 2)) % 3];
  if (other === undefined) throw new Error('there are three nodes');
  const { id, storageId, clusterId: own, memberIds } = other;
  const self = helloOf({ id, storage: storageId, cluster: own, members: memberIds });
  const end: LogPoint = { number: batchNumber(1), offset: 0 as LogPoint['offset'] };
  return { index, port: cluster.at(index).peerPort, known: { self, isOpener: true, clusterId: own ?? '', epoch: 1, end } };
}

/** Says one thing after the other, until the node ends the stream. */
async function talk(
  member: Member,
  { known, session, upTo, prefix }: { readonly known: Known; readonly session: Session; readonly upTo: number; readonly prefix: string },
): Promise<void> {
  const { random, count, isEnough } = session;
  for (let said = 0; said < upTo && !isEnough(); said += 1) {
    const input = hostileInput(random, known);
    count(`${prefix}: ${input.kind}`);
    member.say(input.bytes);
    if (input.isOpen) return flushed(member);
    if (!(await member.isHeard(known))) return;
  }
}

/** What was said last has left. */
async function flushed(member: Member): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  member.close();
}

/** Knows the node's epoch and the end of its log. */
async function greet(session: Session): Promise<{ readonly member: Member; readonly known: Known } | undefined> {
  const { port, known } = victimOf(session);
  const member = await Member.dial(port, session.cluster);
  member.say(frameOf(known.self));
  const hello = await member.hears('hello');
  if (hello === undefined) return undefined;
  return { member, known: { ...known, epoch: hello.epoch } };
}

/** Something else than an introduction. */
export async function unintroduced(session: Session): Promise<void> {
  const { port, known } = victimOf(session);
  const member = await Member.dial(port, session.cluster);
  const input = hostileInput(session.random, { ...known, epoch: session.random.between(1, 9) });
  session.count(`unintroduced: ${input.kind}`);
  member.say(input.bytes);
  await flushed(member);
}

export async function guest(session: Session): Promise<void> {
  const greeted = await greet(session);
  if (greeted === undefined) return;
  await talk(greeted.member, { known: greeted.known, session, upTo: 40, prefix: 'guest' });
  greeted.member.close();
}

/** Has the promise of the next epoch, and may fetch. */
export async function candidate(session: Session): Promise<void> {
  const greeted = await greet(session);
  if (greeted === undefined) return;
  const { member, known } = greeted;
  const next = epoch(known.epoch + 1);
  member.say(frameOf({ kind: 'requestPromise', epoch: next }));
  await member.hears('promise');
  member.say(
    frameOf({ kind: 'fetch', epoch: next, shape: { starts: [], end: { number: batchNumber(0), offset: 0 as LogPoint['offset'] } } }),
  );
  const match = await member.hears('fetchMatch');
  if (match !== undefined) await talk(member, { known: { ...known, epoch: next, end: match.end }, session, upTo: 40, prefix: 'candidate' });
  member.close();
}

/** Leads the next epoch, by which the node follows it, and goes wrong after that. */
export async function leader(session: Session): Promise<void> {
  const greeted = await greet(session);
  if (greeted === undefined) return;
  const { member, known } = greeted;
  const next = epoch(known.epoch + 1);
  member.say(frameOf({ kind: 'lead', epoch: next, clusterId: clusterId(known.clusterId), memberIds: known.self.memberIds }));
  const following = await member.hears('following');
  if (following !== undefined) {
    const { end } = following.shape;
    const followed = { ...known, epoch: next, end };
    await talk(member, { known: followed, session, upTo: session.random.between(0, 6), prefix: 'leader' });
    member.say(frameOf({ kind: 'match', epoch: next, point: end }));
    if (!member.isClosed) await talk(member, { known: followed, session, upTo: 40, prefix: 'leader' });
  }
  member.close();
}

/** Is dialed by the leader in the place of a follower. */
export async function answering(session: Session): Promise<void> {
  const { cluster, identities, random, count, isEnough } = session;
  const index = random.between(0, 2);
  const other = identities[index];
  if (other === undefined) return;
  const self = helloOf({ id: other.id, storage: other.storageId, cluster: other.clusterId, members: other.memberIds });
  const isPlayed = async (channel: TLSSocket): Promise<void> => {
    const member = new Member(channel);
    const hello = await member.hears('hello');
    if (hello === undefined) return;
    member.say(frameOf({ ...self, epoch: hello.epoch }));
    const lead = random.chance(0.9) ? await member.hears('lead') : undefined;
    const end: LogPoint = { number: batchNumber(0), offset: 0 as LogPoint['offset'] };
    const known: Known = { self, isOpener: false, clusterId: other.clusterId ?? '', epoch: lead?.epoch ?? hello.epoch, end };
    if (lead !== undefined && random.chance(0.5)) {
      member.say(frameOf({ kind: 'following', epoch: lead.epoch, shape: { starts: [], end } }));
      await member.hears('match');
    }
    for (let said = 0; said < 6 && !member.isClosed && !isEnough(); said += 1) {
      const input = hostileInput(random, known);
      count(`answering: ${input.kind}`);
      member.say(input.bytes);
      // The leader answers nothing that this could wait for.
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (input.isOpen) break;
    }
    member.close();
  };
  const server = createServer();
  server.on('upgrade', (request, socket) => {
    socket.on('error', () => undefined);
    // Another node may want to forward an append, too.
    if (request.headers.upgrade === requestsProtocolName) return void socket.destroy();
    const upgrade = `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: rlog/2\r\n${proofHeader}: ${cluster.key.name}\r\n\r\n`;
    socket.write(upgrade);
    proveToCaller(socket, cluster.secrets)
      .then(isPlayed)
      .catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { tap } = cluster.at(index);
  let dialed = 0;
  const isOver = tap.instead((source, dial) => {
    dialed += 1;
    join(source, dial(port));
  });
  tap.reset();
  try {
    // If this one leads, nobody dials it.
    const deadline = performance.now() + 3000;
    await waitFor('it was dialed often', () => Promise.resolve(dialed > 30 || isEnough() || performance.now() > deadline));
  } finally {
    isOver();
    server.closeAllConnections();
    server.close();
    tap.reset();
  }
}

/** Does not know the secret. Each says one thing. */
export async function stranger(session: Session): Promise<void> {
  const { cluster, identities, random, count } = session;
  const { node, peerPort } = cluster.at(random.between(0, 2));
  const wire = new Wire(random.chance(0.9) ? peerPort : node.spec.port);
  const self = identities[0] ?? helloOf({ id: 'x', storage: 'x', cluster: null, members: [] });
  const known: Known = {
    self,
    isOpener: true,
    clusterId: self.clusterId ?? '',
    epoch: self.epoch,
    end: { number: batchNumber(1), offset: 0 as LogPoint['offset'] },
  };
  const [kind, say] = random.pick(strangeInputs);
  count(`stranger: ${kind}`);
  await say({ wire, random, cluster, input: hostileInput(random, known) });
  wire.socket.end();
  if (!(await wire.isEnded(answerMs))) throw new Error(`a stranger is not hung up on (${kind})`);
}

interface Strange {
  readonly wire: Wire;
  readonly random: Random;
  readonly cluster: PeerCluster;
  readonly input: Input;
}

function junk(random: Random, most: number): Buffer {
  return Buffer.from(Array.from({ length: random.between(1, most) }, () => random.between(0, 255)));
}

const strangeInputs: readonly (readonly [string, (strange: Strange) => Promise<void> | void])[] = [
  ['bytes', ({ wire, random }) => wire.write(junk(random, 400))],
  ['frames in place of a request', ({ wire, input }) => wire.write(input.bytes)],
  [
    'a request with other bytes in it',
    ({ wire, random, cluster }) => {
      const head = requestHead({ proof: cluster.key.name, node: 'x', upgrade: random.pick(['rlog/2', requestsProtocolName]) });
      for (let changes = random.between(1, 5); changes > 0; changes -= 1) head[random.between(0, head.length - 1)] = random.between(0, 255);
      wire.write(head);
    },
  ],
  ['frames in the clear', ({ wire, input }) => wire.write(Buffer.concat([requestHead({ upgrade: 'rlog/2' }), input.bytes]))],
  [
    'other bytes than a handshake',
    async ({ wire, random, cluster, input }) => {
      if (!(await wire.ask(requestHead({ proof: cluster.key.name })))) return;
      const record = Buffer.concat([
        Buffer.from([22, 3, random.pick([0, 1, 3, 4]), random.between(0, 255), random.between(0, 255)]),
        junk(random, 300),
      ]);
      wire.write(random.pick([record, input.bytes, junk(random, 300)]));
    },
  ],
  [
    'bytes together with the request',
    ({ wire, cluster, input }) => wire.write(Buffer.concat([requestHead({ proof: cluster.key.name }), input.bytes])),
  ],
  [
    'a head without an end',
    ({ wire, random }) =>
      wire.write(Buffer.concat([Buffer.from('GET /replicate HTTP/1.1\r\nx: '), Buffer.alloc(random.between(1, 30_000), 0x61)])),
  ],
];
