/**
 * Limits pipelined requests: only so many of one connection are in progress at once, whatever they wait for, and the
 * connection is not read until there is room again.
 *
 * Requests in bytes that were read already, at most 64 KiB, are parsed all the same and queued. All connections
 * together have a limit for those.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Connection, PendingResponses } from './pending-responses.ts';
import { askWhetherGone } from './half-closed.ts';

export const underWayMax = 16;
/** Queued requests of all connections. Each costs some kilobytes, however short it is. */
const inLineMax = 10_000;

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Node's own flag for a connection that it has stopped reading; without it, reading a request's body would resume the
 * connection.
 */
const pausedMark = '_paused';
/** Node's own field for the response that is next on a connection. */
const nextMark = '_httpMessage';

interface PipelinedSocket extends Socket {
  [pausedMark]?: boolean;
  [nextMark]?: ServerResponse | null;
}

export class Pipelines {
  readonly #answers: PendingResponses;
  readonly #handle: Handle;
  /** Connections that are probed: while a connection is not read, a client that is gone goes unnoticed. */
  readonly #areAsked = new WeakSet<Socket>();
  #inLineCount = 0;

  constructor(answers: PendingResponses, handle: Handle) {
    this.#answers = answers;
    this.#handle = handle;
  }

  take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = this.#answers.of(socket);
    if (connection.pendingCount < underWayMax) this.#handle(request, response);
    else if (this.#inLineCount >= inLineMax) socket.destroy();
    else this.#queue(socket, connection, { request, response });
  }

  #queue(socket: PipelinedSocket, connection: Connection, exchange: Exchange): void {
    this.#inLineCount += 1;
    connection.pendingCount += 1;
    connection.newest = exchange.response;
    socket[pausedMark] = true;
    socket.pause();
    if (!this.#areAsked.has(socket)) {
      this.#areAsked.add(socket);
      askWhetherGone(socket, () => (connection.inLine === undefined ? undefined : (socket[nextMark] ?? undefined)));
    }
    if (connection.inLine !== undefined) {
      connection.inLine.push(exchange);
      return;
    }
    const line: Exchange[] = [exchange];
    connection.inLine = line;
    const end = (): void => {
      this.#inLineCount -= line.splice(0).length;
      connection.inLine = undefined;
      connection.onFinished = undefined;
      socket.off('close', end);
    };
    socket.once('close', end);
    connection.onFinished = () => {
      // The client is gone: start nothing more for it.
      if (socket.destroyed) return;
      const next = line.shift();
      if (next === undefined) return;
      this.#inLineCount -= 1;
      if (line.length === 0) {
        end();
        socket[pausedMark] = false;
        socket.resume();
      }
      // The handler counts it again.
      connection.pendingCount -= 1;
      this.#handle(next.request, next.response);
    };
  }
}
