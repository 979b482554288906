/**
 * Whether this process ran all the time. After a while in which it did not (it was suspended, or its event loop was
 * held up), what others said meanwhile still waits to be read: so it reads first, and judges who was silent afterwards.
 *
 * A process that is late all the time judges nevertheless: after a few respites in a row there is a judgement.
 */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs } from '../model/numbers.ts';

/** Ticks come far more often than this. */
const lateMs = 250;
/** Long enough to read what waits, from all streams. */
const respiteMs = 250;
/** One who is suspended again before it has read may need a second one. */
const respitesMax = 3;

export class Wakefulness {
  #lastTick: InstantMs | undefined;
  #judgesFrom: InstantMs = instantMs(0);
  /** Since the last judgement. */
  #respites = 0;
  #wasRunning = true;

  /** Whether it ran between the last two ticks. */
  get wasRunning(): boolean {
    return this.#wasRunning;
  }

  /** @returns whether it may judge by silence now */
  ticked(now: InstantMs): boolean {
    this.#wasRunning = this.#lastTick === undefined || now - this.#lastTick <= lateMs;
    this.#lastTick = now;
    if (!this.#wasRunning && this.#respites < respitesMax) {
      this.#judgesFrom = instantMs(now + respiteMs);
      this.#respites += 1;
    }
    if (now < this.#judgesFrom) return false;
    this.#respites = 0;
    return true;
  }
}
