/**
 * The body of an event stream: a connection to which events are written. The unsent bytes are bounded: a client that is
 * too slow is disconnected, and the last event says so. event-stream.ts opens the stream.
 */

import type { Socket } from 'node:net';
import { LogError } from '../../api/problems.ts';
import type { ProblemCode } from '../../api/problems.ts';
import { heartbeat, lastEvent } from './event-stream.ts';
import { showWhetherGone } from './half-closed.ts';

/** A client with more unsent bytes than this gets nothing more. */
export const unsentBytesMax = 1024 * 1024;
/** How long a client may take to read the last event. */
const lastEventMs = 10_000;

export class EventBody {
  protected readonly socket: Socket;
  readonly #path: string;
  #endedBy: ProblemCode | undefined;

  /** @param path - path of the request */
  constructor(socket: Socket, path: string) {
    this.socket = socket;
    this.#path = path;
    showWhetherGone(socket, () => {
      if (!this.isOver && !this.isInTheMiddle) socket.write(heartbeat);
    });
  }

  /** Nothing more will be sent. */
  get isOver(): boolean {
    return this.#endedBy !== undefined || this.socket.destroyed;
  }

  /** An event is only partly sent: nothing else may be sent before the rest of it. */
  protected get isInTheMiddle(): boolean {
    return false;
  }

  /** The code in the last event; `undefined` if there was none. */
  get endedBy(): ProblemCode | undefined {
    return this.#endedBy;
  }

  get unsentBytes(): number {
    return this.socket.writableLength;
  }

  /** @returns whether it is sent */
  write(bytes: Buffer | string): boolean {
    if (this.isOver) return false;
    const { unsentBytes } = this;
    if (unsentBytes > unsentBytesMax) {
      this.endAsTooSlow(`the client is ${unsentBytes} bytes behind`, { unsentBytes });
      return false;
    }
    this.socket.write(bytes);
    return true;
  }

  /** Sends the last event and closes the connection. */
  end(problem: LogError): void {
    if (this.isOver) return;
    this.#endedBy = problem.code;
    this.socket.end(lastEvent(problem, this.#path));
    setTimeout(() => this.socket.destroy(), lastEventMs).unref();
  }

  protected endAsTooSlow(what: string, facts: LogError['facts'] = {}): void {
    this.end(new LogError('listener-too-slow', `${what}; reconnect, with the last id if there is one`, facts));
  }
}
