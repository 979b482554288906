/** A plain request and its answer, as an append uses them: read by node:http, or by the reader of plain requests (http/plain/). */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { DueAnswer } from '../wire/half-closed.ts';

export interface ExchangeAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly text: string;
  /** Whether the connection is closed after it. */
  readonly isLast: boolean;
}

export interface Exchange {
  readonly socket: Socket;
  readonly due: DueAnswer;
  /** Nobody hears the answer. */
  readonly isGone: boolean;
  /** @param whole - called after the last piece of the body; never, if it breaks off */
  readonly read: (arrived: (piece: Buffer) => void, whole: () => void) => void;
  /** Once, and only if somebody hears it. */
  readonly answer: (answer: ExchangeAnswer) => void;
}

export class HttpExchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get socket(): Socket {
    return this.#request.socket;
  }

  get due(): DueAnswer {
    return this.#response;
  }

  get isGone(): boolean {
    return this.#response.destroyed;
  }

  read(arrived: (piece: Buffer) => void, whole: () => void): void {
    this.#request.on('data', arrived);
    this.#request.on('end', whole);
  }

  answer({ status, headers, text, isLast }: ExchangeAnswer): void {
    const response = this.#response;
    if (isLast) response.shouldKeepAlive = false;
    response.writeHead(status, [...headers]);
    response.end(text);
  }
}
