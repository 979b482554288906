/**
 * One who follows the log live: a connection on which events go out. What is sent to it and not taken is bounded; who
 * is too slow for that is cut, told so in the last event, and can go on from its last id.
 *
 * The body ends with its connection, without chunks: the bytes of an event are then the same for everybody, and go to
 * the socket as they are.
 */

import type { Socket } from 'node:net';
import type { SeenEntry } from '../core/epoch-history.ts';
import type { Offset } from '../core/numbers.ts';
import { LogError } from '../problems.ts';
import type { ProblemCode } from '../problems.ts';
import { problemOf } from './problem.ts';

/** While more than this is not taken, nothing is added. */
export const unsentBytesMax = 1024 * 1024;
/** How long the last event may take to be taken. */
const lastEventMs = 10_000;
/** How long one that catches up may take nothing at all. */
const stallMs = 60_000;

const heartbeat = Buffer.from(':\n\n');

export class Listener {
  readonly #socket: Socket;
  readonly #path: string;
  #endedBy: ProblemCode | undefined;
  #isIdle = false;
  /** Its next entry. */
  next: Offset;
  /** What it says it saw last, while this node's log does not go that far. */
  unproven: SeenEntry | undefined;

  constructor(socket: Socket, from: { readonly path: string; readonly next: Offset; readonly unproven: SeenEntry | undefined }) {
    this.#socket = socket;
    this.#path = from.path;
    this.next = from.next;
    this.unproven = from.unproven;
  }

  /** Nothing more goes out. */
  get isOver(): boolean {
    return this.#endedBy !== undefined || this.#socket.destroyed;
  }

  /** What its last event said; `undefined` if there was none. */
  get endedBy(): ProblemCode | undefined {
    return this.#endedBy;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  send(bytes: Buffer, next: Offset): void {
    if (this.isOver) return;
    const { unsentBytes } = this;
    if (unsentBytes > unsentBytesMax) {
      this.end(new LogError('listener-too-slow', `${unsentBytes} bytes were not taken; go on from the last id`, { unsentBytes }));
      return;
    }
    this.#isIdle = false;
    this.#socket.write(bytes);
    this.next = next;
  }

  /** Something to hear, if there was nothing since the last time. */
  beat(): void {
    if (this.#isIdle && !this.isOver && this.#socket.writableLength === 0) this.#socket.write(heartbeat);
    this.#isIdle = true;
  }

  /** The last event. */
  end(problem: LogError): void {
    if (this.isOver) return;
    this.#endedBy = problem.code;
    const data = JSON.stringify(problemOf(problem, this.#path));
    this.#socket.end(`event: end\ndata: ${data}\n\n`);
    setTimeout(() => this.#socket.destroy(), lastEventMs).unref();
  }

  /** Resolves when all that was sent is taken, or it is over. */
  async drained(): Promise<void> {
    if (this.isOver || this.#socket.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      const through = (): void => {
        clearTimeout(timer);
        this.#socket.off('drain', through).off('close', through);
        resolve();
      };
      const timer = setTimeout(() => {
        this.end(new LogError('listener-too-slow', `nothing was taken for ${stallMs} ms; go on from the last id`));
        through();
      }, stallMs);
      this.#socket.once('drain', through).once('close', through);
      // Below its mark a socket says nothing when it is empty.
      if (!this.#socket.writableNeedDrain) through();
    });
  }
}
