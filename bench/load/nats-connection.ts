/** One connection to NATS, in its text protocol: only what publishing and receiving replies needs. */

import type { Socket } from 'node:net';
import { openSocket } from './socket-lane.ts';

export interface NatsHandlers {
  readonly onMessage: (subject: string, payload: string) => void;
  readonly onClosed: (why: string) => void;
}

const carriageReturn = 0x0d;
const hello = 'CONNECT {"verbose":false,"pedantic":false,"lang":"node","version":"0","protocol":1,"headers":false}\r\nPING\r\n';

export class NatsConnection {
  readonly #handlers: NatsHandlers;
  readonly #greeted = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  #rest: Buffer | undefined;
  #isClosing = false;

  private constructor(handlers: NatsHandlers) {
    this.#handlers = handlers;
  }

  static async open(port: number, handlers: NatsHandlers): Promise<NatsConnection> {
    const connection = new NatsConnection(handlers);
    connection.#greeted.promise.catch(() => undefined);
    connection.#socket = await openSocket(port, {
      onData: (chunk) => connection.#push(chunk),
      onClosed: (why) => {
        connection.#greeted.reject(new Error(why));
        if (!connection.#isClosing) handlers.onClosed(why);
      },
    });
    connection.#socket.write(hello);
    await connection.#greeted.promise;
    return connection;
  }

  subscribe(subject: string): void {
    this.#socket?.write(`SUB ${subject} 1\r\n`);
  }

  write(bytes: Buffer | string): void {
    this.#socket?.write(bytes);
  }

  close(): void {
    this.#isClosing = true;
    this.#socket?.destroy();
  }

  #push(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let next = this.#take(bytes, at); next !== undefined; next = this.#take(bytes, at)) at = next;
    this.#rest = at === bytes.length ? undefined : Buffer.from(bytes.subarray(at));
  }

  /** @returns where the next line begins; `undefined`: this one is not complete yet */
  #take(bytes: Buffer, start: number): number | undefined {
    const end = bytes.indexOf(carriageReturn, start);
    if (end === -1 || end + 2 > bytes.length) return undefined;
    const line = bytes.toString('latin1', start, end);
    if (line.startsWith('MSG ')) {
      // `MSG subject sid [reply] bytes`
      const words = line.split(' ');
      const payloadBytes = Number(words.at(-1));
      const next = end + 2 + payloadBytes + 2;
      if (next > bytes.length) return undefined;
      this.#handlers.onMessage(words[1] ?? '', bytes.toString('utf8', end + 2, end + 2 + payloadBytes));
      return next;
    }
    if (line === 'PING') this.#socket?.write('PONG\r\n');
    else if (line === 'PONG') this.#greeted.resolve();
    else if (line.startsWith('-ERR')) this.#socket?.destroy(new Error(line));
    return end + 2;
  }
}
