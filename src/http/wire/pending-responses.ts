/**
 * Counts the responses that each connection still owes. If the bytes that follow on a connection are not HTTP, a
 * pending response must not be taken for an answer to them: it is sent first, and then the connection is closed. A
 * request whose own body breaks off is owed nothing. Neither is a client that disconnects while a response is pending.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { askWhetherGone } from './half-closed.ts';
import type { DueAnswer } from './half-closed.ts';

export interface Connection {
  /** When the connection was opened, or its latest request began or was answered. */
  since: number;
  pendingCount: number;
  /** The response to the latest request. */
  newest: DueAnswer | undefined;
  /** The connection is closed once no more than this many responses are pending; `undefined` if it stays open. */
  endsAt: number | undefined;
  /** Requests that have not been started yet (pipelines.ts); they count as pending too. */
  inLine: { readonly request: IncomingMessage; readonly response: ServerResponse }[] | undefined;
  /** Called once a response is sent, or handed to the socket. */
  onFinished: (() => void) | undefined;
  /** Called if the connection closes before its only response is sent. */
  onGone: (() => void) | undefined;
}

export class PendingResponses {
  readonly #connections = new WeakMap<Socket, Connection>();
  #isClosing = false;

  /** Whether each answer is the last of its connection, as the server is about to close. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  close(): void {
    this.#isClosing = true;
  }

  of(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      const added: Connection = {
        since: Date.now(),
        pendingCount: 0,
        newest: undefined,
        endsAt: undefined,
        inLine: undefined,
        onFinished: undefined,
        onGone: undefined,
      };
      // Once per connection: a listener per answer costs as much as parsing a small request.
      socket.once('close', () => added.onGone?.());
      socket.once('end', () => askWhetherGone(socket, () => (added.pendingCount === 1 ? added.newest : undefined)));
      this.#connections.set(socket, added);
      connection = added;
    }
    return connection;
  }

  watch({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.of(socket);
    connection.pendingCount += 1;
    connection.newest = response;
    connection.since = Date.now();
    response.once('close', () => this.finished(socket, connection));
  }

  /** A response is sent, or handed to the socket before anything else. */
  finished(socket: Socket, connection: Connection): void {
    connection.pendingCount -= 1;
    connection.onFinished?.();
    if (connection.pendingCount === 0) connection.newest = undefined;
    connection.since = Date.now();
    if (connection.endsAt === undefined || connection.pendingCount > connection.endsAt) return;
    if (connection.pendingCount === 0) socket.end();
    else socket.destroySoon();
  }

  /**
   * Since when the connection has been idle, or has had nothing but an incomplete request that began before
   * `slowBefore`; `undefined` if it is in use.
   */
  idleSince(socket: Socket, slowBefore: number): number | undefined {
    const { pendingCount, newest, since } = this.of(socket);
    const isSlow = pendingCount === 1 && newest !== undefined && isBroken(newest) && !newest.headersSent && since < slowBefore;
    return pendingCount === 0 || isSlow ? since : undefined;
  }

  isAnyDue(socket: Socket): boolean {
    return this.of(socket).pendingCount > 0;
  }

  /** Whether the only pending request is the broken one, and its answer has not begun. */
  isOnlyOneBroken(socket: Socket): boolean {
    const { pendingCount, newest } = this.of(socket);
    return pendingCount === 1 && newest !== undefined && isBroken(newest) && !newest.headersSent;
  }

  /** Closes the connection after the responses that can still be sent. */
  endAfterThem(socket: Socket): void {
    const connection = this.of(socket);
    connection.endsAt = connection.newest !== undefined && isBroken(connection.newest) ? 1 : 0;
    if (connection.pendingCount <= connection.endsAt) socket.destroySoon();
  }
}

/** An error on a connection concerns the request whose body is still arriving. */
function isBroken({ req }: DueAnswer): boolean {
  return !req.complete;
}
