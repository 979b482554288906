/**
 * One who follows the log live. Who is too slow for it is cut (event-body.ts), and can go on from its last id.
 */

import type { Socket } from 'node:net';
import type { Offset } from '../../core/model/numbers.ts';
import type { LogError } from '../../api/problems.ts';
import { EventBody } from '../wire/event-body.ts';
import { heartbeat } from '../wire/event-stream.ts';
import type { SeenPlace } from './resume-point.ts';

/** How long one that catches up may take nothing at all. */
const stallMs = 60_000;

export class Listener extends EventBody {
  #isIdle = false;
  /** Its next entry, and how much of it was sent already. */
  next: Offset;
  sentBytes = 0;
  /** What it says it saw last, while this node's log does not go that far. */
  unconfirmed: SeenPlace | undefined;

  constructor(socket: Socket, from: { readonly path: string; readonly next: Offset; readonly unconfirmed: SeenPlace | undefined }) {
    super(socket, from.path);
    this.next = from.next;
    this.unconfirmed = from.unconfirmed;
  }

  send(bytes: Buffer, next: Offset, sentBytes = 0): void {
    if (!this.write(bytes)) return;
    this.#isIdle = false;
    this.next = next;
    this.sentBytes = sentBytes;
  }

  /** The last event; none in the middle of another one, which would be taken for a part of that. */
  override end(problem: LogError): void {
    if (this.isInTheMiddle) this.socket.destroy();
    else super.end(problem);
  }

  protected override get isInTheMiddle(): boolean {
    return this.sentBytes > 0;
  }

  /** Whether it takes more at once. */
  get isTaking(): boolean {
    return !this.socket.writableNeedDrain;
  }

  /** Something to hear, if there was nothing since the last time. */
  beat(): void {
    if (this.#isIdle && !this.isOver && !this.isInTheMiddle && this.socket.writableLength === 0) this.socket.write(heartbeat);
    this.#isIdle = true;
  }

  /** Resolves when all that was sent is taken, or it is over. */
  async drained(): Promise<void> {
    if (this.isOver || this.socket.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      const through = (): void => {
        clearTimeout(timer);
        this.socket.off('drain', through).off('close', through);
        resolve();
      };
      const timer = setTimeout(() => {
        this.endAsTooSlow(`nothing was taken for ${stallMs} ms`);
        through();
      }, stallMs);
      this.socket.once('drain', through).once('close', through);
      // Below its mark a socket says nothing when it is empty.
      if (!this.socket.writableNeedDrain) through();
    });
  }
}
