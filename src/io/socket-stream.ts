/** A replication stream on a socket that was upgraded from HTTP. */

import type { Duplex } from 'node:stream';
import type { PeerStream } from '../ports/ports.ts';

/** How long the other side may take to read the last bytes. */
const lingerMs = 1000;

export class SocketStream implements PeerStream {
  readonly #socket: Duplex;
  readonly #head: Buffer;
  #isCorked = false;
  #isClosed = false;

  /** @param head - bytes that arrived along with the upgrade */
  constructor(socket: Duplex, head: Buffer) {
    this.#socket = socket;
    this.#head = head;
    // Every error is followed by `close`, which is enough to know.
    socket.on('error', () => undefined);
  }

  /** Everything that is sent in one turn goes out in one write. */
  send(pieces: readonly Uint8Array[]): void {
    if (this.#isClosed) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#socket.uncork();
      });
    }
    for (const piece of pieces) this.#socket.write(piece);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), lingerMs);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  handle(handlers: { readonly received: (chunk: Buffer) => void; readonly lost: () => void }): void {
    this.#socket.on('data', handlers.received);
    this.#socket.once('end', () => this.#socket.destroy());
    this.#socket.once('close', handlers.lost);
    if (this.#head.length > 0) handlers.received(this.#head);
  }
}
