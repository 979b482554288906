/** Stands before node:http: each connection of its server begins as a plain one (plain-connection.ts). */

import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { HttpExchange } from '../append/exchange.ts';
import type { Exchange } from '../append/exchange.ts';
import type { PlainHead } from '../append/plain-request.ts';
import type { PendingResponses } from '../wire/pending-responses.ts';
import { connectionEvent } from '../wire/transport.ts';
import { PlainConnection } from './plain-connection.ts';
import type { PlainExchange } from './plain-exchange.ts';

/** Node waits so much longer than it says. */
const keepAliveBufferMs = 1000;

interface PlainServing {
  readonly answers: PendingResponses;
  readonly headersTimeoutMs: number;
  readonly keepAliveMs: number;
  /** @returns whether it will be answered; if not, node:http must judge it */
  readonly take: (head: PlainHead, exchange: Exchange) => boolean;
}

export class PlainConnections {
  readonly #server: Server;
  readonly #serving: PlainServing;
  readonly #open = new Set<PlainConnection>();
  /** What node:http reads next is in its place. */
  #standing: PlainExchange | undefined;

  /** @param server - before anybody else listens for its connections */
  constructor(server: Server, serving: PlainServing) {
    this.#server = server;
    this.#serving = serving;
    const event = connectionEvent(server);
    const [serve] = server.listeners(event);
    if (serve === undefined) throw new Error('the server reads no connections');
    const read = serve as (this: Server, socket: Socket) => void;
    server.off(event, read);
    server.prependListener(event, (socket: Socket) => this.#begin(socket, () => read.call(server, socket)));
  }

  /** @returns whether the request only stands for one that is under way: then it will be answered */
  isStandIn(request: IncomingMessage, response: ServerResponse): boolean {
    const exchange = this.#standing;
    if (exchange === undefined) return false;
    this.#standing = undefined;
    exchange.standsBehind(new HttpExchange(request, response));
    this.#serving.answers.of(request.socket).newest = exchange.due;
    return true;
  }

  /** Closes those that were answered and are asked nothing. */
  closeIdle(): void {
    for (const connection of this.#open) connection.closeIfIdle();
  }

  #begin(socket: Socket, leave: () => void): void {
    const { answers, headersTimeoutMs, keepAliveMs, take } = this.#serving;
    const forget = (): void => void this.#open.delete(connection);
    const connection = new PlainConnection(socket, {
      known: answers.of(socket),
      firstWithinMs: headersTimeoutMs,
      keptMs: keepAliveMs + keepAliveBufferMs,
      keepAliveSeconds: Math.floor(keepAliveMs / 1000),
      take,
      leave: () => {
        forget();
        leave();
      },
      stand: (exchange) => (this.#standing = exchange),
      timedOut: () => {
        const error = Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
        this.#server.emit('clientError', error, socket);
      },
      closed: forget,
    });
    this.#open.add(connection);
  }
}
