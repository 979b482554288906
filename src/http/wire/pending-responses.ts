/**
 * Counts the responses that each connection still owes. When what follows on a connection is not HTTP, the response that is
 * pending must not be taken for one to that: it goes out first, and then the connection ends. A request whose own body breaks
 * off is owed nothing. Nor is a client that goes away while a response is pending: its connection is given up.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { askWhetherGone } from './half-closed.ts';

export interface Connection {
  /** When it was opened, or a request on it began last, or was answered. */
  since: number;
  pendingCount: number;
  /** The answer that is due last. */
  newest: ServerResponse | undefined;
  /** How many answers are still due when it ends; `undefined` if it goes on. */
  endsAt: number | undefined;
  /** Requests that are not under way yet (pipelines.ts); they are due too. */
  inLine: { readonly request: IncomingMessage; readonly response: ServerResponse }[] | undefined;
  /** What to do once an answer is out, or will be. */
  onFinished: (() => void) | undefined;
  /** What to do if it closes before its one answer is out. */
  onGone: (() => void) | undefined;
}

export class PendingResponses {
  readonly #connections = new WeakMap<Socket, Connection>();

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

  /** An answer is out, or will be before anything else on its connection. */
  finished(socket: Socket, connection: Connection): void {
    connection.pendingCount -= 1;
    connection.onFinished?.();
    if (connection.pendingCount === 0) connection.newest = undefined;
    connection.since = Date.now();
    if (connection.endsAt === undefined || connection.pendingCount > connection.endsAt) return;
    if (connection.pendingCount === 0) socket.end();
    else socket.destroySoon();
  }

  /** Since when nothing is asked on it, or only something whose end has not come since `slowBefore`; `undefined` if there is. */
  idleSince(socket: Socket, slowBefore: number): number | undefined {
    const { pendingCount, newest, since } = this.of(socket);
    const isSlow = pendingCount === 1 && newest !== undefined && isBroken(newest) && !newest.headersSent && since < slowBefore;
    return pendingCount === 0 || isSlow ? since : undefined;
  }

  isAnyDue(socket: Socket): boolean {
    return this.of(socket).pendingCount > 0;
  }

  /** Whether what went wrong is the only request that is due, before anything was said to it. */
  isOnlyOneBroken(socket: Socket): boolean {
    const { pendingCount, newest } = this.of(socket);
    return pendingCount === 1 && newest !== undefined && isBroken(newest) && !newest.headersSent;
  }

  /** After those that can still be given. */
  endAfterThem(socket: Socket): void {
    const connection = this.of(socket);
    connection.endsAt = connection.newest !== undefined && isBroken(connection.newest) ? 1 : 0;
    if (connection.pendingCount <= connection.endsAt) socket.destroySoon();
  }
}

/** What goes wrong on a connection while a body is on its way is that body. */
function isBroken({ req }: ServerResponse): boolean {
  return !req.complete;
}
