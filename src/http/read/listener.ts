/**
 * A client that follows the log live. One that is too slow is disconnected (event-body.ts), and can resume from its
 * last id.
 */

import type { Socket } from 'node:net';
import type { Offset } from '../../core/model/numbers.ts';
import type { LogError } from '../../api/problems.ts';
import { EventBody } from '../wire/event-body.ts';
import { heartbeat } from '../wire/event-stream.ts';
import type { SeenPlace } from './resume-point.ts';

/** How long a listener that catches up may read nothing at all. */
const stallMs = 60_000;

export class Listener extends EventBody {
  #isIdle = false;
  /** The next entry to send, and how many bytes of it have been sent already. */
  next: Offset;
  sentBytes = 0;
  /** The entry that it says it saw last, as long as this node cannot tell whether its log has that. */
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

  /**
   * Sends the last event. Within an unfinished event it just closes the connection: more text would be taken for a part
   * of that.
   */
  override end(problem: LogError): void {
    if (this.isInTheMiddle) this.socket.destroy();
    else super.end(problem);
  }

  protected override get isInTheMiddle(): boolean {
    return this.sentBytes > 0;
  }

  /** The socket takes more without buffering. */
  get isTaking(): boolean {
    return !this.socket.writableNeedDrain;
  }

  /** Sends a heartbeat if nothing was sent since the last call. */
  beat(): void {
    if (this.#isIdle && !this.isOver && !this.isInTheMiddle && this.socket.writableLength === 0) this.socket.write(heartbeat);
    this.#isIdle = true;
  }

  /** Resolves when everything that was sent has been taken, or the listener is over. */
  async drained(): Promise<void> {
    if (this.isOver || this.socket.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      const through = (): void => {
        clearTimeout(timer);
        this.socket.off('drain', through).off('close', through);
        resolve();
      };
      const timer = setTimeout(() => {
        this.endAsTooSlow(`the client read nothing for ${stallMs} ms`);
        through();
      }, stallMs);
      this.socket.once('drain', through).once('close', through);
      // A socket that never rose above its high-water mark emits no `drain`.
      if (!this.socket.writableNeedDrain) through();
    });
  }
}
