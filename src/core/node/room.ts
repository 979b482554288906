/**
 * Whether this node can store batches. After a batch was refused for lack of room, it cannot until a check finds room again.
 * Meanwhile nothing is written in vain: appends are refused at once, and a follower tells its leader that it cannot store.
 */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs, Offset } from '../model/numbers.ts';
import type { Shortage } from '../model/shortage.ts';
import type { Outbox } from './outbox.ts';

/** How often a node without room checks for it. */
const checkEveryMs = 1000;
/** A check asks for no more than this: smaller batches may be stored before there is room for a larger one. */
const wantedBytesMax = 1024 * 1024;
/** When room comes and goes, it is logged no more often than this. */
const logEveryMs = 60_000;

export class Room {
  readonly #out: Outbox;
  #lacking: { readonly what: Shortage; readonly wantedBytes: number; readonly isLogged: boolean } | undefined;
  #checkAt: InstantMs = instantMs(0);
  #loggedAt: InstantMs | undefined;

  constructor(out: Outbox) {
    this.#out = out;
  }

  /** What there is too little of; `undefined` while batches can be stored, as far as is known. */
  get lacking(): Shortage | undefined {
    return this.#lacking?.what;
  }

  /** @param refusal.bytes - the size of what was refused */
  refused(refusal: { readonly what: Shortage; readonly bytes: number; readonly logEnd: Offset; readonly now: InstantMs }): void {
    const { what, bytes, logEnd, now } = refusal;
    const isNews = this.#lacking === undefined && (this.#loggedAt === undefined || now - this.#loggedAt >= logEveryMs);
    if (isNews) {
      this.#loggedAt = now;
      this.#out.emit('error', 'room.lacking', { lacks: what, logEnd });
    }
    const isLogged = isNews || this.#lacking?.isLogged === true;
    this.#lacking = { what, wantedBytes: Math.min(bytes, wantedBytesMax), isLogged };
    this.#checkAt = instantMs(now + checkEveryMs);
  }

  /** @returns whether it was lacking before */
  found(): boolean {
    if (this.#lacking === undefined) return false;
    if (this.#lacking.isLogged) this.#out.emit('info', 'room.found');
    this.#lacking = undefined;
    return true;
  }

  tick(now: InstantMs): void {
    if (this.#lacking === undefined || now < this.#checkAt) return;
    this.#checkAt = instantMs(now + checkEveryMs);
    this.#out.wantRoom(this.#lacking.wantedBytes);
  }
}
