/**
 * The body of an event stream: a connection on which events go out. What is sent to it and not taken is bounded; who is
 * too slow for that is cut, and told so in the last event. How it is opened: event-stream.ts.
 */

import type { Socket } from 'node:net';
import { LogError } from '../../api/problems.ts';
import type { ProblemCode } from '../../api/problems.ts';
import { heartbeat, lastEvent } from './event-stream.ts';
import { showWhetherGone } from './half-closed.ts';

/** While more than this is not taken, nothing is added. */
export const unsentBytesMax = 1024 * 1024;
/** How long the last event may take to be taken. */
const lastEventMs = 10_000;

export class EventBody {
  protected readonly socket: Socket;
  readonly #path: string;
  #endedBy: ProblemCode | undefined;

  /** @param path - of the request */
  constructor(socket: Socket, path: string) {
    this.socket = socket;
    this.#path = path;
    showWhetherGone(socket, () => {
      if (!this.isOver && !this.isInTheMiddle) socket.write(heartbeat);
    });
  }

  /** Nothing more goes out. */
  get isOver(): boolean {
    return this.#endedBy !== undefined || this.socket.destroyed;
  }

  /** An event is begun that is not whole yet: nothing else may go out. */
  protected get isInTheMiddle(): boolean {
    return false;
  }

  /** What its last event said; `undefined` if there was none. */
  get endedBy(): ProblemCode | undefined {
    return this.#endedBy;
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /** @returns whether it goes out */
  write(bytes: Buffer | string): boolean {
    if (this.isOver) return false;
    const { unsentBytes } = this;
    if (unsentBytes > unsentBytesMax) {
      this.endAsTooSlow(`${unsentBytes} bytes were not taken`, { unsentBytes });
      return false;
    }
    this.socket.write(bytes);
    return true;
  }

  /** The last event. */
  end(problem: LogError): void {
    if (this.isOver) return;
    this.#endedBy = problem.code;
    this.socket.end(lastEvent(problem, this.#path));
    setTimeout(() => this.socket.destroy(), lastEventMs).unref();
  }

  protected endAsTooSlow(what: string, facts: LogError['facts'] = {}): void {
    this.end(new LogError('listener-too-slow', `${what}; reconnect, with the last id if there was one`, facts));
  }
}
