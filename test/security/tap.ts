/**
 * A wire between two nodes in the hands of somebody else, as a TCP proxy: it hears all that they say, may change it on the
 * way, or answer in the place of the node at the other end.
 */

import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { freePort } from '../support/ports.ts';

/** What is done to one connection. `dial` reaches the node at the other end, or another one. */
export type Treatment = (source: Socket, dial: (port?: number) => Socket) => void;

/** What both ends said on one connection that was left alone. */
export interface Recording {
  there: Buffer;
  back: Buffer;
}

/** @param unit - the head of the request or of its answer first, then one record of TLS. @returns what goes on; `undefined` ends the connection */
export type Alteration = (unit: Buffer, index: number) => readonly Buffer[] | undefined;

const recordedBytesMax = 16 * 1024;
const recordingsMax = 20;
const recordHeaderBytes = 5;

interface Turn {
  readonly treat: Treatment;
  readonly ended: () => void;
}

export class Tap implements AsyncDisposable {
  readonly url: string;
  /** Of the last connections that were left alone, the oldest first. */
  readonly recordings: Recording[] = [];
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #turns: Turn[] = [];
  #instead: Treatment | undefined;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, { port, targetPort }: { readonly port: number; readonly targetPort: number }) {
    this.#server = server;
    this.#targetPort = targetPort;
    this.url = `http://127.0.0.1:${port}`;
    server.on('connection', (source: Socket) => this.#take(source));
  }

  static async open(targetPort: number): Promise<Tap> {
    const port = await freePort();
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return new Tap(server, { port, targetPort });
  }

  /** Does this to the next connection. @returns when every end of it is closed */
  async next(treat: Treatment): Promise<void> {
    await new Promise<void>((ended) => this.#turns.push({ treat, ended }));
  }

  /** Does this to every connection from now on. @returns what ends that */
  instead(treat: Treatment): () => void {
    this.#instead = treat;
    return () => {
      this.#instead = undefined;
    };
  }

  /** Ends what is open, so that it is dialed again. */
  reset(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isClosed = new Promise((resolve) => this.#server.close(resolve));
    this.reset();
    await isClosed;
  }

  #take(source: Socket): void {
    const turn = this.#turns.shift();
    let open = 0;
    const watch = (socket: Socket): Socket => {
      open += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        open -= 1;
        if (open === 0) turn?.ended();
      });
      return socket;
    };
    watch(source);
    const dial = (port = this.#targetPort): Socket => watch(connect({ port, host: '127.0.0.1', noDelay: true }));
    const treat = turn?.treat ?? this.#instead;
    if (treat === undefined) this.#record(source, dial());
    else treat(source, dial);
  }

  #record(source: Socket, target: Socket): void {
    const recording: Recording = { there: Buffer.alloc(0), back: Buffer.alloc(0) };
    this.recordings.push(recording);
    if (this.recordings.length > recordingsMax) this.recordings.shift();
    for (const [from, direction] of [
      [source, 'there'],
      [target, 'back'],
    ] as const) {
      from.on('data', (chunk: Buffer) => {
        if (recording[direction].length < recordedBytesMax) recording[direction] = Buffer.concat([recording[direction], chunk]);
      });
    }
    join(source, target);
  }
}

/** Passes on what both say, and the end of one to the other. */
export function join(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('data', (chunk: Buffer) => void to.write(chunk));
    from.once('close', () => to.destroy());
  }
}

/** Somebody in the middle, who changes what either end says. */
export function altered({ there, back }: { readonly there?: Alteration; readonly back?: Alteration }): Treatment {
  return (source, dial) => {
    const target = dial();
    for (const [from, to, alter] of [
      [source, target, there],
      [target, source, back],
    ] as const) {
      const units = new Units();
      let index = 0;
      from.on('data', (chunk: Buffer) => {
        for (const unit of units.push(chunk)) {
          const pieces = alter === undefined ? [unit] : alter(unit, index++);
          if (pieces === undefined) {
            to.end();
            from.destroy();
            return;
          }
          for (const piece of pieces) to.write(piece);
        }
      });
      from.once('close', () => to.destroy());
    }
  };
}

/** Cuts what one end says into the head of its request or answer, and records of TLS. */
class Units {
  #rest = Buffer.alloc(0);
  #isHeadRead = false;

  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const units: Buffer[] = [];
    for (let end = this.#next(); end !== undefined; end = this.#next()) {
      units.push(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end);
      this.#isHeadRead = true;
    }
    return units;
  }

  /** Where the first unit ends, if it is complete. */
  #next(): number | undefined {
    if (!this.#isHeadRead) {
      const end = this.#rest.indexOf('\r\n\r\n');
      return end === -1 ? undefined : end + 4;
    }
    if (this.#rest.length < recordHeaderBytes) return undefined;
    const end = recordHeaderBytes + this.#rest.readUInt16BE(3);
    return this.#rest.length < end ? undefined : end;
  }
}

export function unitsOf(bytes: Buffer): Buffer[] {
  return new Units().push(bytes);
}
