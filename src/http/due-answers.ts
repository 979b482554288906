/**
 * Which connections still owe an answer. When what follows on one of them is not HTTP, the answer that is due must not
 * be taken for one to that: it goes out first, and then the connection ends. And who goes away while an answer is due
 * is waited for no more.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Connection {
  dueCount: number;
  isEnding: boolean;
  /** What to do if it closes before its one answer is out. */
  onGone: (() => void) | undefined;
}

export class DueAnswers {
  readonly #connections = new WeakMap<Duplex, Connection>();

  of(socket: Duplex): Connection {
    let connection = this.#connections.get(socket);
    if (connection === undefined) {
      const added: Connection = { dueCount: 0, isEnding: false, onGone: undefined };
      // Once per connection: a listener per answer costs as much as parsing a small request.
      socket.once('close', () => added.onGone?.());
      this.#connections.set(socket, added);
      connection = added;
    }
    return connection;
  }

  watch({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.of(socket);
    connection.dueCount += 1;
    response.once('close', () => this.given(socket, connection));
  }

  /** An answer is out, or will be before anything else on its connection. */
  given(socket: Duplex, connection: Connection): void {
    connection.dueCount -= 1;
    if (connection.isEnding && connection.dueCount === 0) socket.end();
  }

  isAnyDue(socket: Duplex): boolean {
    return this.of(socket).dueCount > 0;
  }

  endAfterThem(socket: Duplex): void {
    this.of(socket).isEnding = true;
  }
}
