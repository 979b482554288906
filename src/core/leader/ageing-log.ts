/**
 * How old the log is that a leader writes: what it was when its epoch began, and the time since, by the monotonic clock.
 * So the age never runs ahead of time itself, whatever happens to wall clocks; when nobody leads it stands still.
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
