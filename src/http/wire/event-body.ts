/**
 * The body of an event stream: a connection on which events go out. What is sent to it and not taken is bounded; who is
 * too slow for that is cut, and told so in the last event.
 *
 * The body ends with its connection, without chunks: the bytes of an event are then the same for everybody, and go to
 * the socket as they are.
 */

import { once } from 'node:events';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { LogError } from '../../api/problems.ts';
import type { ProblemCode } from '../../api/problems.ts';
import { showWhetherGone } from './half-closed.ts';
import { problemOf } from './problem.ts';
import { eventHeaders } from './representations.ts';

/** When to come again, drawn for each: all of them at once would be a crowd. */
const retryMsMin = 500;
const retryMsMax = 3000;
/** While more than this is not taken, nothing is added. */
export const unsentBytesMax = 1024 * 1024;
/** How long the last event may take to be taken. */
const lastEventMs = 10_000;

/** A comment, for who would hear nothing else. */
export const heartbeat = Buffer.from(':\n\n');

export function drawRetryMs(): number {
  return Math.round(retryMsMin + Math.random() * (retryMsMax - retryMsMin));
}

export function retryField(ms: number): string {
  return `retry: ${ms}\n\n`;
}

/** It has no id: who comes again goes on behind the last entry. */
export function lastEvent(failure: LogError, path: string): string {
  return `event: end\ndata: ${JSON.stringify(problemOf(failure, path))}\n\n`;
}

/**
 * @param headers - beside those of every stream
 * @returns where the body goes; `undefined` if the asker is gone
 */
export async function openBody(response: ServerResponse, headers: OutgoingHttpHeaders = {}): Promise<Socket | undefined> {
  // Without a length and without chunks the body ends with the connection.
  response.removeHeader('transfer-encoding');
  response.writeHead(200, { ...headers, ...eventHeaders, connection: 'close' });
  response.write(retryField(drawRetryMs()));
  // Behind another request on its connection it waits for its turn.
  if (response.socket === null) await Promise.race([once(response, 'socket'), once(response, 'close')]);
  return response.socket === null || response.socket.destroyed ? undefined : response.socket;
}

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
  write(bytes: Buffer): boolean {
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
    this.end(new LogError('listener-too-slow', `${what}; come again, with the last id if there was one`, facts));
  }
}
