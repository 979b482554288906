/**
 * Whether this node can store batches. After a batch was refused for lack of room, it cannot until a check finds room again.
 * Meanwhile nothing is written in vain: appends are refused at once, and a follower tells its leader that it cannot store.
 *
 * It stops taking entries earlier, when so little is free that freeing more could fail: a trim, a base and a checkpoint need
 * room, too. What has no entries is still written then.
 */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs, Offset } from '../model/numbers.ts';
import type { Shortage } from '../model/shortage.ts';
import type { Outbox } from './outbox.ts';

/** How often a node without room checks for it. */
const checkEveryMs = 1000;
/** A check asks for no more than this: smaller batches may be stored before there is room for a larger one. */
const wantedBytesMax = 1024 * 1024;
/** How many times what is kept must be free before entries are taken again. */
const enoughFactor = 1.1;
/** When room comes and goes, it is logged no more often than this. */
const logEveryMs = 60_000;

export class Room {
  readonly #out: Outbox;
  #lacking: { readonly what: Shortage; readonly wantedBytes: number; readonly isLogged: boolean } | undefined;
  #checkAt: InstantMs = instantMs(0);
  /** Less is free than what is kept for a segment and a checkpoint. */
  #isLow = false;
  #measureAt: InstantMs = instantMs(0);
  readonly #keptBytes: number;
  #loggedAt: InstantMs | undefined;

  /** @param keptBytes - how much must be free for entries to be taken; 0: as long as they fit */
  constructor(out: Outbox, keptBytes = 0) {
    this.#out = out;
    this.#keptBytes = keptBytes;
  }

  /** What there is too little of; `undefined` while batches can be stored, as far as is known. */
  get lacking(): Shortage | undefined {
    return this.#lacking?.what;
  }

  /** What there is too little of to take entries. */
  get short(): Shortage | undefined {
    return this.lacking ?? (this.#isLow ? 'disk space' : undefined);
  }

  /** So much is free. It counts as enough again only when there is a tenth more than is kept. @returns whether that is news */
  measured(freeBytes: number, logEnd: Offset): boolean {
    const isLow = freeBytes < this.#keptBytes * (this.#isLow ? enoughFactor : 1);
    if (isLow === this.#isLow) return false;
    this.#isLow = isLow;
    if (isLow) this.#out.emit('error', 'room.low', { freeBytes, keptBytes: this.#keptBytes, logEnd });
    else this.#out.emit('info', 'room.enough', { freeBytes });
    return true;
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
    if (this.#keptBytes > 0 && now >= this.#measureAt) {
      this.#measureAt = instantMs(now + checkEveryMs);
      this.#out.measureRoom();
    }
    if (this.#lacking === undefined || now < this.#checkAt) return;
    this.#checkAt = instantMs(now + checkEveryMs);
    this.#out.wantRoom(this.#lacking.wantedBytes);
  }
}
