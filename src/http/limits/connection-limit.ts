/**
 * Keeps the number of connections below a limit: of all together, and of each address. Beyond it, idle connections are closed,
 * the longest idle first; if all are in use, the new one is refused: it gets a problem document if it asks soon enough. A few
 * more are accepted for that purpose, and for the streams of other nodes, which cannot be told from clients before their
 * first request; the others are closed at once.
 *
 * Connections of this machine and those on which the secret of the cluster was proved are not counted by address.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LogError } from '../../api/problems.ts';
import type { PendingResponses } from '../wire/pending-responses.ts';
import { failureFor } from '../wire/telling-failure.ts';
import { connectionEvent, lowestSocket } from '../wire/transport.ts';
import { sourceOf } from './client-address.ts';
import { ConnectionsByAddress } from './connections-by-address.ts';
import { IdleSearch } from './idle-search.ts';
import type { LimitName, RefusalFacts } from './refusals.ts';

/** How long a connection beyond the limit may take to send its request. */
const askMs = 1000;
/** A connection counts as idle if its only request has been incomplete for this long. */
const slowMs = 10_000;
/** Where one address has too many, those used a moment ago are left alone: their clients may be about to ask. */
const restMs = 10_000;
/** When room is made, this share of all connections is closed, so that the next ones find room too. */
const roomShare = 0.02;
const spareMax = 16;

export interface ConnectionLimits {
  /** Maximum number of connections, in use or idle. */
  readonly max: number;
  /** The same for those of one address. */
  readonly perAddressMax: number;
  /** Told of each connection that was refused. */
  readonly refused: (limit: LimitName, facts: RefusalFacts) => void;
}

type Exceeded = 'CONNECTIONS_MAX' | 'CONNECTIONS_PER_ADDRESS_MAX';

export class ConnectionLimit {
  readonly #limits: ConnectionLimits;
  readonly #open = new Set<Socket>();
  readonly #byAddress = new ConnectionsByAddress();
  /** Where HTTP is spoken on an open connection: with TLS, that is another socket above it, once there is one. */
  readonly #above = new WeakMap<Socket, Socket>();
  /** Connections beyond a limit: to be refused, unless they become streams of other nodes. */
  readonly #tooMany = new WeakMap<Socket, Exceeded>();
  /** Those of them that count as refused. */
  readonly #told = new WeakSet<Socket>();
  /** Streams of other nodes, which are never idle. */
  readonly #streams = new WeakSet<Socket>();
  readonly #idle = new IdleSearch();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get max(): number {
    return this.#limits.max;
  }

  /** Number of open connections. */
  get count(): number {
    return this.#open.size;
  }

  /** Of the address that has the most of those that are counted by address. */
  get mostOfOneAddress(): number {
    return this.#byAddress.most;
  }

  watch(server: Server, answers: PendingResponses): void {
    // Connections beyond this are dropped by Node without a word; the limit of descriptors is higher still.
    server.maxConnections = this.max + spareOf(this.max);
    server.on('drop', (dropped) => this.#refused('CONNECTIONS_MAX', dropped?.remoteAddress));
    server.on(connectionEvent(server), (socket: Socket) => {
      answers.of(socket);
      this.#above.set(lowestSocket(socket), socket);
    });
    server.on('connection', (socket: Socket) => {
      // It was laid over one that counts.
      if (lowestSocket(socket) !== socket) return;
      answers.of(socket);
      this.#open.add(socket);
      const ofAddress = this.#byAddress.add(socket);
      socket.once('close', () => this.#forget(socket));
      if (ofAddress !== undefined) this.#holdAddress(socket, ofAddress, answers);
      if (!socket.destroyed && !this.#tooMany.has(socket)) this.#holdAll(socket, answers);
    });
  }

  /** Also those that have not come to HTTP, and that the server does not know of. */
  closeAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Marks the connection as a stream of another node. */
  isStream(socket: Socket): void {
    this.#tooMany.delete(lowestSocket(socket));
    this.#streams.add(lowestSocket(socket));
  }

  /** The other end proved that it is a node: its address does not count. */
  isProven(socket: Socket): void {
    this.#byAddress.delete(lowestSocket(socket));
  }

  /** Whether requests on this connection are refused. */
  isTooMany(socket: Socket): boolean {
    return this.#tooMany.has(lowestSocket(socket));
  }

  /** Whether there is a connection on which no answer is due. */
  isAnyIdle(answers: PendingResponses): boolean {
    for (const socket of this.#open) {
      if (!this.#streams.has(socket) && !answers.isAnyDue(this.#above.get(socket) ?? socket)) return true;
    }
    return false;
  }

  /** @returns whether the connection is beyond a limit; if so, the request is answered */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    const lowest = lowestSocket(request.socket);
    const exceeded = this.#tooMany.get(lowest);
    if (exceeded === undefined) return false;
    this.#tell(lowest, exceeded);
    const { status, headers, text } = failureFor(request, this.#failureOf(exceeded));
    response.writeHead(status, { ...headers, connection: 'close' }).end(text);
    return true;
  }

  #failureOf(exceeded: Exceeded): LogError {
    if (exceeded === 'CONNECTIONS_MAX')
      return new LogError('overloaded', `${this.max} connections are open here already; another node has the same log`);
    const { perAddressMax: max } = this.#limits;
    return new LogError('too-many-connections', `your address has ${max} connections open here already: use one for many requests`, {
      max,
    });
  }

  #holdAddress(socket: Socket, ofAddress: ReadonlySet<Socket>, answers: PendingResponses): void {
    const { perAddressMax: max } = this.#limits;
    if (ofAddress.size <= max) return;
    this.#closeIdle({ among: ofAddress, newest: socket, max, restMs }, answers);
    if (ofAddress.size <= max) return;
    // There are enough that wait for their refusal.
    if (ofAddress.size <= max + spareOf(max)) return this.#refuseSoon(socket, 'CONNECTIONS_PER_ADDRESS_MAX');
    this.#refused('CONNECTIONS_PER_ADDRESS_MAX', socket.remoteAddress);
    this.#forget(socket);
    socket.destroy();
  }

  #holdAll(socket: Socket, answers: PendingResponses): void {
    if (this.#open.size <= this.max) return;
    this.#closeIdle({ among: this.#open, newest: socket, max: this.max, restMs: 0 }, answers);
    if (this.#open.size > this.max) this.#refuseSoon(socket, 'CONNECTIONS_MAX');
  }

  #refuseSoon(socket: Socket, exceeded: Exceeded): void {
    this.#tooMany.set(socket, exceeded);
    const timer = setTimeout(() => {
      if (!this.#tooMany.has(socket)) return;
      this.#tell(socket, exceeded);
      socket.destroy();
    }, askMs).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  /** A connection counts once, however many requests come on it. */
  #tell(socket: Socket, exceeded: Exceeded): void {
    if (this.#told.has(socket)) return;
    this.#told.add(socket);
    this.#refused(exceeded, socket.remoteAddress);
  }

  #refused(exceeded: Exceeded, address: string | undefined): void {
    const { max, perAddressMax, refused } = this.#limits;
    refused(exceeded, { max: exceeded === 'CONNECTIONS_MAX' ? max : perAddressMax, address: sourceOf(address) });
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    this.#byAddress.delete(socket);
  }

  #closeIdle(
    { among, newest, max, restMs: rest }: { among: ReadonlySet<Socket>; newest: Socket; max: number; restMs: number },
    answers: PendingResponses,
  ): void {
    const now = Date.now();
    const idleSince = (socket: Socket): number | undefined => {
      if (socket === newest || this.#streams.has(socket)) return undefined;
      const since = answers.idleSince(this.#above.get(socket) ?? socket, now - slowMs);
      return since === undefined || since > now - rest ? undefined : since;
    };
    const count = Math.max(among.size - max, Math.floor(max * roomShare));
    for (const socket of this.#idle.find({ among, idleSince }).slice(0, count)) {
      this.#forget(socket);
      socket.destroy();
    }
  }
}

/** How many more than this are accepted, so that they can be told that they are refused. */
function spareOf(max: number): number {
  return Math.min(spareMax, Math.ceil(max / 4));
}
