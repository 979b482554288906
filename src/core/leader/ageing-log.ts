/**
 * The age of the log that a leader writes: its age when the epoch began, and the time since then by the monotonic clock.
 * So the age never runs ahead of real time, whatever happens to wall clocks. It stands still while there is no leader.
 */

import { logAge } from '../model/numbers.ts';
import type { InstantMs, LogAge } from '../model/numbers.ts';

const minuteMs = 60_000;

export class AgeingLog {
  readonly #ageBefore: LogAge;
  readonly #since: InstantMs;

  constructor(ageBefore: LogAge, since: InstantMs) {
    this.#ageBefore = ageBefore;
    this.#since = since;
  }

  at(now: InstantMs): LogAge {
    return logAge(this.#ageBefore + Math.floor((now - this.#since) / minuteMs));
  }
}
