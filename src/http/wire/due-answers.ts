/**
 * Which connections still owe an answer. When what follows on one of them is not HTTP, the answer that is due must not
 * be taken for one to that: it goes out first, and then the connection ends. A request whose own body breaks off is owed
 * nothing any more: it would be waited for until the end of days. And who goes away while an answer is due is waited for
 * no more.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { askWhetherGone } from './half-closed.ts';

export interface Connection {
  /** When it was opened, or a request on it began last, or was answered. */
  since: number;
  dueCount: number;
  /** The answer that is due last. */
  newest: ServerResponse | undefined;
  /** How many answers are still due when it ends; `undefined` if it goes on. */
  endsAt: number | undefined;
  /** Requests that are not under way yet (pipelines.ts); they are due too. */
  inLine: { readonly request: IncomingMessage; readonly response: ServerResponse }[] | undefined;
  /** What to do once an answer is out, or will be. */
  onGiven: (() => void) | undefined;
  /** What to do if it closes before its one answer is out. */
  onGone: (() => void) | undefined;
}

export class DueAnswers {
  readonly #connections = new WeakMap<Socket, Connection>();

  of(socket: Socket): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      const added: Connection = {
        since: Date.now(),
        dueCount: 0,
        newest: undefined,
        endsAt: undefined,
        inLine: undefined,
        onGiven: undefined,
        onGone: undefined,
      };
      // Once per connection: a listener per answer costs as much as parsing a small request.
      socket.once('close', () => added.onGone?.());
      socket.once('end', () => askWhetherGone(socket, () => (added.dueCount === 1 ? added.newest : undefined)));
      this.#connections.set(socket, added);
      connection = added;
    }
    return connection;
  }

  watch({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.of(socket);
    connection.dueCount += 1;
    connection.newest = response;
    connection.since = Date.now();
    response.once('close', () => this.given(socket, connection));
  }

  /** An answer is out, or will be before anything else on its connection. */
  given(socket: Socket, connection: Connection): void {
    connection.dueCount -= 1;
    connection.onGiven?.();
    if (connection.dueCount === 0) connection.newest = undefined;
    connection.since = Date.now();
    if (connection.endsAt === undefined || connection.dueCount > connection.endsAt) return;
    if (connection.dueCount === 0) socket.end();
    else socket.destroySoon();
  }

  /** Since when nothing is asked on it, or only something whose end has not come since `slowBefore`; `undefined` if there is. */
  idleSince(socket: Socket, slowBefore: number): number | undefined {
    const { dueCount, newest, since } = this.of(socket);
    const isSlow = dueCount === 1 && newest !== undefined && isBroken(newest) && !newest.headersSent && since < slowBefore;
    return dueCount === 0 || isSlow ? since : undefined;
  }

  isAnyDue(socket: Socket): boolean {
    return this.of(socket).dueCount > 0;
  }

  /** Whether what went wrong is the only request that is due, before anything was said to it. */
  isOnlyOneBroken(socket: Socket): boolean {
    const { dueCount, newest } = this.of(socket);
    return dueCount === 1 && newest !== undefined && isBroken(newest) && !newest.headersSent;
  }

  /** After those that can still be given. */
  endAfterThem(socket: Socket): void {
    const connection = this.of(socket);
    connection.endsAt = connection.newest !== undefined && isBroken(connection.newest) ? 1 : 0;
    if (connection.dueCount <= connection.endsAt) socket.destroySoon();
  }
}

/** What goes wrong on a connection while a body is on its way is that body. */
function isBroken({ req }: ServerResponse): boolean {
  return !req.complete;
}
