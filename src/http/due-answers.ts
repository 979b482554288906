/**
 * Which connections still owe an answer. When what follows on one of them is not HTTP, the answer that is due must not
 * be taken for one to that: it goes out first, and then the connection ends.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export class DueAnswers {
  readonly #due = new WeakMap<Duplex, number>();
  readonly #ending = new WeakSet<Duplex>();

  watch({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#due.set(socket, (this.#due.get(socket) ?? 0) + 1);
    response.once('close', () => {
      this.#due.set(socket, (this.#due.get(socket) ?? 1) - 1);
      if (this.#ending.has(socket) && !this.isAnyDue(socket)) socket.end();
    });
  }

  isAnyDue(socket: Duplex): boolean {
    return (this.#due.get(socket) ?? 0) > 0;
  }

  endAfterThem(socket: Duplex): void {
    this.#ending.add(socket);
  }
}
