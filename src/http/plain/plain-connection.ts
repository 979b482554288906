/**
 * A connection whose requests are plain appends, one after the other: they are read here, and not by node:http, which costs as
 * much as everything else that is done for a small append. At the first thing that is not one whole plain request, node:http gets
 * the connection for good, with all bytes of it that are not answered.
 *
 * There are two ways to begin a second request before the first is answered, and both end here. If it comes with the first one,
 * node:http reads both. If it comes later, node:http reads a request in the place of the first (`standIn`), whose answer is that
 * of the first: so it keeps the answers in order.
 *
 * A connection that is closed from here is read until the client has closed it too, or for a moment. What arrives at a connection
 * that is closed and not read makes the system send a reset, and a client may hear that in place of its last answer.
 */

import type { Socket } from 'node:net';
import type { Exchange, ExchangeAnswer } from '../append/exchange.ts';
import type { PlainHead } from '../append/plain-request.ts';
import type { Connection } from '../wire/pending-responses.ts';
import { answerText } from './answer-text.ts';
import { HeadReader } from './head-reader.ts';
import { PlainExchange } from './plain-exchange.ts';

/** Larger bodies, and slower ones, are for node:http, which counts and limits what has not arrived. */
const bodyBytesMax = 64 * 1024;
const bodyWithinMs = 100;
/** How long a connection is read that was closed from here. */
const readOnMs = 200;

const standIn = Buffer.from('POST / HTTP/1.1\r\ncontent-length: 0\r\n\r\n', 'latin1');

export interface PlainParts {
  /** What is known of this connection. */
  readonly known: Connection;
  /** How long a connection may be open before its first request, and idle after an answer. */
  readonly firstWithinMs: number;
  readonly keptMs: number;
  readonly keepAliveSeconds: number;
  /** @returns whether it will be answered; if not, node:http must judge it */
  readonly take: (head: PlainHead, exchange: Exchange) => boolean;
  /** Makes node:http the reader of the connection. */
  readonly leave: () => void;
  readonly closed: () => void;
  /** Has what node:http reads next answered by this exchange. */
  readonly stand: (exchange: PlainExchange) => void;
  /** Nothing came for too long. */
  readonly timedOut: () => void;
}

interface BegunRequest {
  readonly head: PlainHead;
  readonly headBytes: number;
  readonly pieces: Buffer[];
  missing: number;
  readonly timer: NodeJS.Timeout;
}

/** What is due for a request that has not arrived yet. */
const nothingYet = { headersSent: false, req: { complete: false, httpVersion: '1.1' }, writeContinue: () => undefined };

export class PlainConnection {
  readonly #socket: Socket;
  readonly #parts: PlainParts;
  readonly #heads = new HeadReader();
  /** Its head is here, and a part of its body. */
  #begun: BegunRequest | undefined;
  /** Its answer is due. */
  #exchange: PlainExchange | undefined;
  #wasAsked = false;
  /** The client has closed its side. */
  #isHalfClosed = false;
  /** Nothing more is answered. */
  #isOver = false;

  constructor(socket: Socket, parts: PlainParts) {
    this.#socket = socket;
    this.#parts = parts;
    socket.setTimeout(parts.firstWithinMs);
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('timeout', this.#onTimeout)
      .on('error', this.#onError)
      .on('close', this.#onClose);
  }

  /** Closes it if its last request was answered, and no other one has begun. */
  closeIfIdle(): void {
    if (this.#wasAsked && this.#exchange === undefined && this.#begun === undefined && !this.#isOver) this.#end();
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#isOver) return;
    if (this.#exchange !== undefined) return this.#leave(bytes);
    if (this.#begun !== undefined) return this.#goOn(this.#begun, bytes);
    // What waits to be sent holds up node:http, too, which knows how to wait.
    const read = this.#socket.writableNeedDrain ? undefined : this.#heads.read(bytes);
    if (read === undefined) return this.#leave(bytes);
    const missing = read.bytes + read.head.bodyBytes - bytes.length;
    if (missing === 0) this.#take(read.head, [bytes.subarray(read.bytes)], bytes);
    else if (missing < 0 || read.head.bodyBytes > bodyBytesMax) this.#leave(bytes);
    else this.#begin({ head: read.head, headBytes: read.bytes, pieces: [bytes], missing });
  };

  #begin(request: Omit<BegunRequest, 'timer'>): void {
    const { known } = this.#parts;
    known.pendingCount = 1;
    known.newest = nothingYet;
    known.since = Date.now();
    this.#begun = { ...request, timer: setTimeout(() => this.#leave(), bodyWithinMs) };
  }

  #goOn(begun: BegunRequest, bytes: Buffer): void {
    begun.missing -= bytes.length;
    if (begun.missing < 0) return this.#leave(bytes);
    begun.pieces.push(bytes);
    if (begun.missing > 0) return;
    const arrived = this.#putBack();
    const [first = arrived, ...others] = begun.pieces;
    this.#take(begun.head, [first.subarray(begun.headBytes), ...others], arrived);
  }

  /** @returns the bytes of the request that has begun, which it has not any more */
  #putBack(): Buffer {
    const begun = this.#begun;
    if (begun === undefined) return Buffer.alloc(0);
    this.#begun = undefined;
    clearTimeout(begun.timer);
    const { known } = this.#parts;
    known.pendingCount = 0;
    known.newest = undefined;
    return Buffer.concat(begun.pieces);
  }

  /** @param bytes - all of the request */
  #take(head: PlainHead, body: readonly Buffer[], bytes: Buffer): void {
    const exchange = new PlainExchange(this.#socket, { body, answered: this.#answer });
    this.#exchange = exchange;
    if (this.#parts.take(head, exchange)) {
      if (!this.#wasAsked) this.#socket.setTimeout(this.#parts.keptMs);
      this.#wasAsked = true;
      return;
    }
    this.#exchange = undefined;
    this.#leave(bytes);
  }

  readonly #answer = (answer: ExchangeAnswer): void => {
    this.#exchange = undefined;
    const text = answerText(answer, this.#parts.keepAliveSeconds);
    if (answer.isLast || this.#isHalfClosed) this.#end(text);
    else this.#socket.write(text);
  };

  #end(text?: string): void {
    this.#isOver = true;
    const socket = this.#socket;
    if (text === undefined) socket.end();
    else socket.end(text);
    const timer = setTimeout(() => socket.destroy(), readOnMs);
    socket.once('close', () => clearTimeout(timer));
  }

  /** Leaves the connection to node:http. @param bytes - what came last */
  #leave(bytes: Buffer = Buffer.alloc(0)): void {
    const socket = this.#socket;
    const arrived = Buffer.concat([this.#putBack(), bytes]);
    socket.setTimeout(0);
    socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('timeout', this.#onTimeout)
      .off('error', this.#onError)
      .off('close', this.#onClose);
    this.#parts.leave();
    if (this.#exchange !== undefined) {
      this.#parts.stand(this.#exchange);
      socket.emit('data', standIn);
    }
    socket.emit('data', arrived);
  }

  readonly #onEnd = (): void => {
    this.#isHalfClosed = true;
    if (this.#isOver || this.#exchange !== undefined) return;
    if (this.#begun === undefined) return this.#end();
    const before = this.#socket.listeners('end');
    this.#leave();
    // They came too late to hear of it, as it is being told.
    for (const told of this.#socket.listeners('end')) if (!before.includes(told)) told.call(this.#socket);
  };

  readonly #onTimeout = (): void => {
    if (this.#isOver || this.#exchange !== undefined || this.#begun !== undefined) return;
    if (this.#wasAsked) return void this.#socket.destroy();
    this.#isOver = true;
    this.#parts.timedOut();
  };

  /** It is closed after this. */
  readonly #onError = (): void => undefined;

  readonly #onClose = (): void => {
    clearTimeout(this.#begun?.timer);
    this.#parts.closed();
  };
}
