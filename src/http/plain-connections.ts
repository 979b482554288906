/**
 * Connections on which nothing but plain appends came so far (plain-request.ts). They are read and answered here,
 * without an HTTP parser, which is the largest part of what a small append costs. The first chunk that is anything else
 * hands the connection over to the HTTP server, with that chunk, for good; nothing of it was looked at by then.
 *
 * Invariant: one request at a time. What comes before its answer is out is put back and handed over with the connection.
 */

import { STATUS_CODES } from 'node:http';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { PlainRequestReader } from './plain-request.ts';
import type { Answer, Asker } from './quick-append.ts';

const sweepEveryMs = 5000;
/** How long answers that are on their way may take when the server closes. */
const lingerMs = 400;

/** What is done with a plain append. */
export interface PlainAppends {
  readonly bodyBytesMax: number;
  append(asker: Asker, body: Buffer, idempotencyKey: string | undefined): void;
}

export class PlainConnections {
  readonly #open = new Set<PlainConnection>();
  readonly #sweeping: NodeJS.Timeout;
  #isClosing = false;

  /** Stands before the server's own listener for connections. */
  constructor(server: Server, appends: PlainAppends) {
    const listeners = server.listeners('connection');
    server.removeAllListeners('connection');
    const handOver = (socket: Socket): void => {
      for (const listener of listeners) listener.call(server, socket);
    };
    server.on('connection', (socket: Socket) => {
      if (this.#isClosing) {
        socket.destroy();
        return;
      }
      const connection = new PlainConnection(socket, appends, {
        isClosing: () => this.#isClosing,
        keepAliveMs: server.keepAliveTimeout,
        ended: () => this.#open.delete(connection),
        handOver,
      });
      this.#open.add(connection);
    });
    this.#sweeping = setInterval(() => this.#sweep(server.keepAliveTimeout), sweepEveryMs);
    this.#sweeping.unref();
  }

  /** Those that wait for nothing end now, the others with their answer. */
  close(): void {
    this.#isClosing = true;
    clearInterval(this.#sweeping);
    for (const connection of this.#open) connection.endIfIdle(0);
    setTimeout(() => {
      for (const connection of this.#open) connection.destroy();
    }, lingerMs).unref();
  }

  #sweep(idleMs: number): void {
    for (const connection of this.#open) connection.endIfIdle(idleMs);
  }
}

interface ConnectionHooks {
  readonly isClosing: () => boolean;
  readonly keepAliveMs: number;
  readonly ended: () => void;
  readonly handOver: (socket: Socket) => void;
}

class PlainConnection implements Asker {
  readonly #socket: Socket;
  readonly #appends: PlainAppends;
  readonly #hooks: ConnectionHooks;
  readonly #reader = new PlainRequestReader();
  /** What came before the answer was out. */
  #early: Buffer[] = [];
  #isDue = false;
  #onGone: (() => void) | undefined;
  #lastUsed = performance.now();
  readonly #onData = (chunk: Buffer): void => this.#received(chunk);
  readonly #onEnd = (): void => {
    this.#gone();
    this.#socket.end();
  };
  readonly #onClose = (): void => {
    this.#gone();
    this.#hooks.ended();
  };
  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  constructor(socket: Socket, appends: PlainAppends, hooks: ConnectionHooks) {
    this.#socket = socket;
    this.#appends = appends;
    this.#hooks = hooks;
    socket.on('data', this.#onData).on('end', this.#onEnd).on('close', this.#onClose).on('error', this.#onError);
  }

  /** Ends it if it waits for nothing, and has not been used for so long. */
  endIfIdle(idleMs: number): void {
    if (!this.#isDue && performance.now() - this.#lastUsed >= idleMs) this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  answer({ status, contentType, body, more }: Answer): void {
    this.#isDue = false;
    this.#onGone = undefined;
    this.#lastUsed = performance.now();
    const socket = this.#socket;
    if (!socket.writable) return;
    const isLast = this.#hooks.isClosing();
    const text = JSON.stringify(body);
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\ncontent-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n`;
    for (let i = 0; i < more.length; i += 2) head += `${more[i] ?? ''}: ${more[i + 1] ?? ''}\r\n`;
    const keep = isLast ? 'close' : `keep-alive\r\nKeep-Alive: timeout=${Math.floor(this.#hooks.keepAliveMs / 1000)}`;
    socket.write(`${head}Date: ${httpDate()}\r\nConnection: ${keep}\r\n\r\n${text}`);
    if (isLast) socket.destroySoon();
    else if (this.#early.length > 0) this.#handOver();
  }

  whenGone(callback: () => void): void {
    if (this.#isDue) this.#onGone = callback;
  }

  #received(chunk: Buffer): void {
    if (this.#isDue) {
      this.#early.push(chunk);
      this.#socket.pause();
      return;
    }
    // Who does not read its answers is for the server's own limits.
    const request = this.#socket.writableNeedDrain ? undefined : this.#reader.read(chunk);
    if (request === undefined || request.head.bodyBytes > this.#appends.bodyBytesMax) {
      this.#early.push(chunk);
      this.#handOver();
      return;
    }
    this.#isDue = true;
    this.#appends.append(this, request.body, request.head.key);
  }

  #handOver(): void {
    const socket = this.#socket;
    const early = this.#early.length === 1 ? this.#early[0] : Buffer.concat(this.#early);
    socket.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onClose).off('error', this.#onError);
    this.#hooks.ended();
    if (socket.destroyed) return;
    socket.pause();
    socket.unshift(early);
    this.#hooks.handOver(socket);
    process.nextTick(() => socket.resume());
  }

  #gone(): void {
    this.#isDue = false;
    this.#onGone?.();
    this.#onGone = undefined;
  }
}

let dateText = '';
let dateSecond = 0;

/** As in a `Date` header (RFC 9110, section 5.6.7); made once per second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}
