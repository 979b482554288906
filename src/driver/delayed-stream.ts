/**
 * Delays the batches of a stream, so that people can watch replication wait. It is a delay, not a serialisation: batches that
 * come together are delayed together. Heartbeats, promises and cuts are not delayed. Nor is a batch without messages (the
 * marker of an epoch, a member list) if no held batch is before it: its delay would only make the start of a cluster slow.
 * Batches that are held when the stream ends are dropped.
 */

import type { PeerMessage } from '../core/model/messages.ts';
import type { Clock } from '../ports/ports.ts';

export class DelayedStream {
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #deliver: (message: PeerMessage) => void;
  #held: { readonly dueAt: number; readonly message: PeerMessage }[] = [];
  #isWaiting = false;

  constructor(parts: { readonly clock: Clock; readonly delayMs: number; readonly deliver: (message: PeerMessage) => void }) {
    this.#clock = parts.clock;
    this.#delayMs = parts.delayMs;
    this.#deliver = parts.deliver;
  }

  push(message: PeerMessage): void {
    const isToWait = message.kind === 'replicate' && (message.batch.entryCount > 0 || this.#held.length > 0);
    if (this.#delayMs === 0 || !isToWait) {
      this.#deliver(message);
      return;
    }
    this.#held.push({ dueAt: this.#clock.now() + this.#delayMs, message });
    this.#wait();
  }

  #wait(): void {
    const [next] = this.#held;
    if (next === undefined || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#clock.after(Math.max(1, Math.ceil(next.dueAt - this.#clock.now())), () => {
      this.#isWaiting = false;
      const now = this.#clock.now();
      const due = this.#held.findIndex((held) => held.dueAt > now);
      for (const { message } of this.#held.splice(0, due === -1 ? this.#held.length : due)) this.#deliver(message);
      this.#wait();
    });
  }
}
