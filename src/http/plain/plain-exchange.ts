/** A request that was read here, and its answer: given here too, or by node:http if that has the connection by then. */

import type { Socket } from 'node:net';
import type { Exchange, ExchangeAnswer } from '../append/exchange.ts';
import type { DueAnswer } from '../wire/half-closed.ts';

const wholeRequest = { complete: true, httpVersion: '1.1' };

export class PlainExchange implements Exchange, DueAnswer {
  readonly socket: Socket;
  readonly req = wholeRequest;
  #body: readonly Buffer[];
  readonly #answered: (answer: ExchangeAnswer) => void;
  #instead: Exchange | undefined;
  #isAnswered = false;

  /** @param parts.body - in pieces, all of them; `answered` gets the answer, unless node:http does */
  constructor(socket: Socket, parts: { readonly body: readonly Buffer[]; readonly answered: (answer: ExchangeAnswer) => void }) {
    this.socket = socket;
    this.#body = parts.body;
    this.#answered = parts.answered;
  }

  get due(): DueAnswer {
    return this.#instead?.due ?? this;
  }

  get headersSent(): boolean {
    return this.#isAnswered;
  }

  get isGone(): boolean {
    return this.#instead?.isGone ?? this.socket.destroyed;
  }

  read(arrived: (piece: Buffer) => void, whole: () => void): void {
    const body = this.#body;
    this.#body = [];
    for (const piece of body) arrived(piece);
    whole();
  }

  writeContinue(): void {
    this.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
  }

  /** From now on its answer is that of a request that node:http read in its place. */
  standsBehind(other: Exchange): void {
    this.#instead = other;
  }

  answer(answer: ExchangeAnswer): void {
    if (this.#instead !== undefined) return this.#instead.answer(answer);
    this.#isAnswered = true;
    this.#answered(answer);
  }
}
