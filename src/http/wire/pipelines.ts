/**
 * Requests that a client sends before those before them are answered: at most so many of one connection are under way
 * at once, whatever each of them waits for, and the connection is not read on until there is a place again.
 *
 * What was read already is taken apart all the same, a read of 64 KiB at most: those requests stand in line, and there
 * is a bound for all connections together.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Connection, PendingResponses } from './pending-responses.ts';
import { askWhetherGone } from './half-closed.ts';

export const underWayMax = 16;
/** Each costs some kilobytes, however short it is. */
const inLineMax = 10_000;

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Node's own mark of a connection that it reads no further: without it, whoever reads a body goes on with the connection. */
const pausedMark = '_paused';
/** And of the answer that is next on a connection. */
const nextMark = '_httpMessage';

interface PipelinedSocket extends Socket {
  [pausedMark]?: boolean;
  [nextMark]?: ServerResponse | null;
}

export class Pipelines {
  readonly #answers: PendingResponses;
  readonly #handle: Handle;
  /** Who is gone does not show on a connection that is not read. */
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
      // Gone, and nothing of it is begun any more.
      if (socket.destroyed) return;
      const next = line.shift();
      if (next === undefined) return;
      this.#inLineCount -= 1;
      if (line.length === 0) {
        end();
        socket[pausedMark] = false;
        socket.resume();
      }
      // Whoever handles it counts it anew.
      connection.pendingCount -= 1;
      this.#handle(next.request, next.response);
    };
  }
}
