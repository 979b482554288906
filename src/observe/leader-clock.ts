/** Remembers since when this node has known of its leader, or of none. */

import type { LeaderHint } from '../core/model/messages.ts';
import type { Driver } from '../driver/driver.ts';

export interface LeaderClockParts {
  readonly driver: Pick<Driver, 'leader' | 'watchLeader'>;
  /** A clock that does not jump, in milliseconds. */
  readonly now: () => number;
  /** The wall clock, in milliseconds since 1970. */
  readonly wallClock: () => number;
}

export class LeaderClock {
  readonly #parts: LeaderClockParts;
  #leader: LeaderHint | undefined;
  #changed: { readonly at: number; readonly date: number };

  constructor(parts: LeaderClockParts) {
    this.#parts = parts;
    this.#leader = parts.driver.leader;
    this.#changed = this.#present;
    parts.driver.watchLeader((leader) => {
      this.#leader = leader;
      this.#changed = this.#present;
    });
  }

  /** A date; `null` while the node knows of no leader. */
  get leaderSince(): string | null {
    return this.#leader === undefined ? null : new Date(this.#changed.date).toISOString();
  }

  /** 0 while the node knows of a leader. */
  get leaderlessMs(): number {
    return this.#leader === undefined ? this.#parts.now() - this.#changed.at : 0;
  }

  get #present(): { readonly at: number; readonly date: number } {
    return { at: this.#parts.now(), date: this.#parts.wallClock() };
  }
}
