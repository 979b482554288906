/**
 * Whether this process ran all the time. After a while in which it did not (it was suspended, or its event loop was
 * held up), what others said meanwhile still waits to be read: so it reads first, and judges who was silent afterwards.
 *
 * A process that is late all the time judges nevertheless: after each respite there is a judgement before the next one.
 */

import { instantMs } from './numbers.ts';
import type { InstantMs } from './numbers.ts';

/** Ticks come far more often than this. */
const lateMs = 250;
/** Long enough to read what waits, from all streams. */
const respiteMs = 250;

export class Wakefulness {
  #lastTick: InstantMs | undefined;
  #judgesFrom: InstantMs = instantMs(0);
  #isJudgementDue = false;
  #wasRunning = true;

  /** Whether it ran between the last two ticks. */
  get wasRunning(): boolean {
    return this.#wasRunning;
  }

  /** @returns whether it may judge by silence now */
  ticked(now: InstantMs): boolean {
    this.#wasRunning = this.#lastTick === undefined || now - this.#lastTick <= lateMs;
    this.#lastTick = now;
    if (!this.#wasRunning && !this.#isJudgementDue) {
      this.#judgesFrom = instantMs(now + respiteMs);
      this.#isJudgementDue = true;
    }
    if (now < this.#judgesFrom) return false;
    this.#isJudgementDue = false;
    return true;
  }
}
