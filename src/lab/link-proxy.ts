/**
 * The link to a node, as a TCP proxy on loopback: whoever dials it reaches the target. It can hold back the bytes of either
 * direction (a cut: nothing is lost, as TCP would send it again), deliver them late, and reset all connections. If
 * connections say in their first bytes who makes them, it can do so to those of one caller.
 *
 * While a direction is held, its FIN and RST are held too: over a cut link nobody learns that the other side is gone.
 */

import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';

/** From where the link begins to its target, or back. */
export type Direction = 'there' | 'back';

/** Reads the head of what a connection sends first. @returns who sends it; `undefined` if it does not say */
export type CallerOf = (head: string) => string | undefined;

/** Ends what was begun; what was held because of it arrives. */
export type Undo = () => void;

/** What is done to connections: to all, or to those of one caller. */
interface Treatment {
  readonly held: readonly Direction[];
  /** Each chunk arrives so much later. */
  readonly delayMs: number;
  readonly caller: string | undefined;
}

export interface LinkPorts {
  readonly port: number;
  readonly targetPort: number;
}

/** Beyond this many bytes under way the sender waits. */
const underWayBytesMax = 4 * 1024 * 1024;

/** A head that is larger is none. */
const headBytesMax = 16 * 1024;

type Item = { readonly kind: 'bytes'; readonly bytes: Buffer } | { readonly kind: 'end' } | { readonly kind: 'reset' };

export class LinkProxy implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #callerOf: CallerOf | undefined;
  readonly #treatments = new Set<Treatment>();
  readonly #sockets = new Set<Socket>();
  readonly #pipes = new Set<Pipe>();

  private constructor(parts: LinkPorts & { readonly server: Server; readonly callerOf: CallerOf | undefined }) {
    this.#server = parts.server;
    this.#targetPort = parts.targetPort;
    this.#callerOf = parts.callerOf;
    this.url = `http://127.0.0.1:${parts.port}`;
    parts.server.on('connection', (source: Socket) => this.#accept(source));
  }

  /** @param callerOf - nothing of a connection is delivered before it had its say */
  static async open(ports: LinkPorts, callerOf?: CallerOf): Promise<LinkProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(ports.port, '127.0.0.1', resolve);
    });
    return new LinkProxy({ server, callerOf, ...ports });
  }

  /** @param caller - whose connections; left out: all */
  hold(directions: readonly Direction[], caller?: string): Undo {
    return this.#treat({ held: directions, delayMs: 0, caller });
  }

  slow(delayMs: number, caller?: string): Undo {
    return this.#treat({ held: [], delayMs, caller });
  }

  reset(caller?: string): void {
    for (const pipe of this.#pipes) if (caller === undefined || pipe.caller.name === caller) breakOff(pipe.from);
  }

  /** All is well from now on; what was held arrives. */
  heal(): void {
    this.#treatments.clear();
    this.#pumpAll();
  }

  isHeld(direction: Direction, caller: Caller): boolean {
    return !caller.isKnown || this.#treatmentsOf(caller).some(({ held }) => held.includes(direction));
  }

  delayMsOf(caller: Caller): number {
    return this.#treatmentsOf(caller).reduce((total, { delayMs }) => total + delayMs, 0);
  }

  #treat(treatment: Treatment): Undo {
    this.#treatments.add(treatment);
    return () => {
      this.#treatments.delete(treatment);
      this.#pumpAll();
    };
  }

  #treatmentsOf({ name }: Caller): Treatment[] {
    return [...this.#treatments].filter(({ caller }) => caller === undefined || caller === name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isClosed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await isClosed;
  }

  #accept(source: Socket): void {
    const target = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    for (const socket of [source, target]) {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    }
    // What came back before it was known who called waits for that: nobody listened at the target, for one.
    const caller = new Caller(this.#callerOf, () => this.#pumpAll());
    for (const [direction, from, to] of [
      ['there', source, target],
      ['back', target, source],
    ] as const) {
      const pipe = new Pipe({ link: this, direction, from, to, caller });
      this.#pipes.add(pipe);
      from.once('close', () => {
        if (to.destroyed) this.#forget(from, to);
      });
    }
  }

  #pumpAll(): void {
    for (const pipe of this.#pipes) pipe.pump();
  }

  #forget(...sockets: readonly Socket[]): void {
    for (const pipe of this.#pipes) if (sockets.includes(pipe.from)) this.#pipes.delete(pipe);
  }
}

/** Who made a connection. */
class Caller {
  readonly #callerOf: CallerOf | undefined;
  readonly #becameKnown: () => void;
  #head = '';
  name: string | undefined;
  /** Or it will never be. */
  isKnown: boolean;

  constructor(callerOf: CallerOf | undefined, becameKnown: () => void) {
    this.#callerOf = callerOf;
    this.#becameKnown = becameKnown;
    this.isKnown = callerOf === undefined;
  }

  /** @param bytes - what comes next; `undefined` if nothing more does */
  hear(bytes: Buffer | undefined): void {
    if (this.isKnown) return;
    if (bytes !== undefined) this.#head += bytes.toString('latin1');
    const end = this.#head.indexOf('\r\n\r\n');
    if (end === -1 && bytes !== undefined && this.#head.length < headBytesMax) return;
    this.name = this.#callerOf?.(end === -1 ? this.#head : this.#head.slice(0, end));
    this.isKnown = true;
    this.#head = '';
    this.#becameKnown();
  }
}

/** One direction of one connection. */
class Pipe {
  readonly from: Socket;
  readonly caller: Caller;
  readonly #to: Socket;
  readonly #link: LinkProxy;
  readonly #direction: Direction;
  readonly #items: { readonly due: number; readonly item: Item }[] = [];
  #underWayBytes = 0;
  #isWaiting = false;

  constructor(parts: {
    readonly link: LinkProxy;
    readonly direction: Direction;
    readonly from: Socket;
    readonly to: Socket;
    readonly caller: Caller;
  }) {
    this.#link = parts.link;
    this.#direction = parts.direction;
    this.caller = parts.caller;
    this.from = parts.from;
    this.#to = parts.to;
    this.from.on('data', (bytes: Buffer) => {
      this.#underWayBytes += bytes.length;
      if (this.#underWayBytes > underWayBytesMax) this.from.pause();
      this.#add({ kind: 'bytes', bytes });
    });
    this.from.once('end', () => this.#add({ kind: 'end' }));
    // A node that is gone: the other side hears of it as it would without us.
    this.from.once('error', () => this.#add({ kind: 'reset' }));
  }

  /** Delivers what is due. */
  pump(): void {
    for (;;) {
      const next = this.#items[0];
      if (next === undefined || this.#isWaiting || this.#link.isHeld(this.#direction, this.caller)) return;
      const waitMs = next.due - performance.now();
      if (waitMs > 0) {
        this.#wait((resume) => setTimeout(resume, waitMs));
        return;
      }
      this.#items.shift();
      this.#deliver(next.item);
    }
  }

  #add(item: Item): void {
    if (this.#direction === 'there') this.caller.hear(item.kind === 'bytes' ? item.bytes : undefined);
    this.#items.push({ due: performance.now() + this.#link.delayMsOf(this.caller), item });
    this.pump();
  }

  #deliver(item: Item): void {
    if (item.kind === 'reset') breakOff(this.#to);
    else if (this.#to.destroyed) this.#items.length = 0;
    else if (item.kind === 'end') this.#to.end();
    else {
      this.#underWayBytes -= item.bytes.length;
      if (this.#underWayBytes <= underWayBytesMax) this.from.resume();
      this.#to.write(item.bytes);
      if (this.#to.writableNeedDrain) this.#wait((resume) => this.#to.once('drain', resume));
    }
  }

  #wait(until: (resume: () => void) => void): void {
    this.#isWaiting = true;
    until(() => {
      this.#isWaiting = false;
      this.pump();
    });
  }
}

/** With a RST, but for a connection that is just being ended: Node then fails to reset it, and never lets go of it. */
function breakOff(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
