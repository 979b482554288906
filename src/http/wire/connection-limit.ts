/**
 * Keeps the number of connections below a limit. Beyond it, idle connections are closed, the longest idle first; if all
 * are in use, the new one gets `overloaded`. A few more are accepted for that purpose, and for the streams of other
 * nodes, which cannot be told from clients before their first request.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LogError } from '../../api/problems.ts';
import type { PendingResponses } from './pending-responses.ts';
import { failureFor } from './telling-failure.ts';
import { connectionEvent, lowestSocket } from './transport.ts';

/** How long a connection beyond the limit may take to send its request. */
const askMs = 1000;
/** A connection counts as idle if its only request has been incomplete for this long. */
const slowMs = 10_000;
/** When room is made, this share of all connections is closed, so that the next ones find room too. */
const roomShare = 0.02;
const spareMax = 16;

export class ConnectionLimit {
  /** Maximum number of connections, in use or idle. */
  readonly max: number;
  readonly #open = new Set<Socket>();
  /** Where HTTP is spoken on an open connection: with TLS, that is another socket above it, once there is one. */
  readonly #above = new WeakMap<Socket, Socket>();
  /** Connections beyond the limit: to be refused, unless they become streams of other nodes. */
  readonly #tooMany = new WeakSet<Socket>();
  /** Streams of other nodes, which are never idle. */
  readonly #streams = new WeakSet<Socket>();

  constructor(max: number) {
    this.max = max;
  }

  /** Number of open connections. */
  get count(): number {
    return this.#open.size;
  }

  watch(server: Server, answers: PendingResponses): void {
    // Connections beyond this are dropped by Node without a word; the limit of descriptors is higher still.
    server.maxConnections = this.max + Math.min(spareMax, Math.ceil(this.max / 4));
    server.on(connectionEvent(server), (socket: Socket) => {
      answers.of(socket);
      this.#above.set(lowestSocket(socket), socket);
    });
    server.on('connection', (socket: Socket) => {
      // It was laid over one that counts.
      if (lowestSocket(socket) !== socket) return;
      answers.of(socket);
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
      if (this.#open.size <= this.max) return;
      this.#closeIdle(socket, answers);
      if (this.#open.size <= this.max) return;
      this.#tooMany.add(socket);
      setTimeout(() => {
        if (this.#tooMany.has(socket)) socket.destroy();
      }, askMs).unref();
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

  /** @returns whether the connection is beyond the limit; if so, the request is answered */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.#tooMany.has(lowestSocket(request.socket))) return false;
    const failure = new LogError('overloaded', `${this.max} connections are open here already; another node has the same log`);
    const { status, headers, text } = failureFor(request, failure);
    response.writeHead(status, { ...headers, connection: 'close' }).end(text);
    return true;
  }

  #closeIdle(newest: Socket, answers: PendingResponses): void {
    const now = Date.now();
    const idle: { readonly socket: Socket; readonly since: number }[] = [];
    for (const socket of this.#open) {
      if (socket === newest || this.#streams.has(socket)) continue;
      const since = answers.idleSince(this.#above.get(socket) ?? socket, now - slowMs);
      if (since !== undefined) idle.push({ socket, since });
    }
    idle.sort((a, b) => a.since - b.since);
    const count = Math.max(this.#open.size - this.max, Math.floor(this.max * roomShare));
    for (const { socket } of idle.slice(0, count)) {
      this.#open.delete(socket);
      socket.destroy();
    }
  }
}
