/**
 * Whether this process has been running all the time. If it was suspended, or its event loop was blocked, what others sent
 * meanwhile is still unread. So it reads first, and only then judges which nodes were silent.
 *
 * A process that is always late still judges: it gets only a few respites in a row.
 */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs } from '../model/numbers.ts';

/** Ticks come far more often than this. */
const lateMs = 250;
/** Long enough to read what waits, from all streams. */
const respiteMs = 250;
/** A process that is suspended again before it has read needs another respite, but not without end. */
const respitesMax = 3;

export class Wakefulness {
  #lastTick: InstantMs | undefined;
  #judgesFrom: InstantMs = instantMs(0);
  /** How many respites it has had since the last judgement. */
  #respites = 0;
  #wasRunning = true;

  /** Whether it was running between the last two ticks. */
  get wasRunning(): boolean {
    return this.#wasRunning;
  }

  /** @returns whether it may now judge other nodes by their silence */
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
