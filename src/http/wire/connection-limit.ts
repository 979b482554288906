/**
 * Connections stay below a limit: beyond it, those that are idle go, whoever was idle the longest first; and if all are
 * at work, the new one hears `overloaded`. A few more are taken for that, and for the streams of other nodes, which
 * cannot be told from clients before they have asked.
 */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LogError } from '../../api/problems.ts';
import type { PendingResponses } from './pending-responses.ts';
import { failureFor } from './telling-failure.ts';

/** How long one too many may take to ask. */
const askMs = 1000;
/** A request whose end has not come for so long may as well be none. */
const slowMs = 10_000;
/** Who looks for room makes it for those who come next, too: a part of all. */
const roomShare = 0.02;
const spareMax = 16;

export class ConnectionLimit {
  /** That may be at work, or idle, at once. */
  readonly max: number;
  readonly #open = new Set<Socket>();
  /** To be refused, unless they are of other nodes. */
  readonly #tooMany = new WeakSet<Socket>();
  /** Streams of other nodes: they are never idle. */
  readonly #streams = new WeakSet<Socket>();

  constructor(max: number) {
    this.max = max;
  }

  /** That are open now. */
  get count(): number {
    return this.#open.size;
  }

  watch(server: Server, answers: PendingResponses): void {
    // Of these nothing is heard at all; the limit of descriptors is still further away.
    server.maxConnections = this.max + Math.min(spareMax, Math.ceil(this.max / 4));
    server.on('connection', (socket: Socket) => {
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

  /** A stream of another node is on this connection from now on. */
  isStream(socket: Socket): void {
    this.#tooMany.delete(socket);
    this.#streams.add(socket);
  }

  /** @returns whether it is one too many, and was told so */
  refuses(request: IncomingMessage, response: ServerResponse): boolean {
    if (!this.#tooMany.has(request.socket)) return false;
    const failure = new LogError(
      'overloaded',
      `${this.max} connections are open here, as many as are allowed; another node has the same log`,
    );
    const { status, headers, text } = failureFor(request, failure);
    response.writeHead(status, { ...headers, connection: 'close' }).end(text);
    return true;
  }

  #closeIdle(newest: Socket, answers: PendingResponses): void {
    const now = Date.now();
    const idle: { readonly socket: Socket; readonly since: number }[] = [];
    for (const socket of this.#open) {
      if (socket === newest || this.#streams.has(socket)) continue;
      const since = answers.idleSince(socket, now - slowMs);
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
