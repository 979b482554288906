/**
 * Tells requests that wait for a leader's answer when that leader leads no more, as far as this node knows: almost at
 * once if another one leads, since its last word may be on its way and be more certain than ours; and after a moment if
 * nobody does, since a stream between two nodes may break and come back.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import type { Driver } from '../../driver/driver.ts';

/** How long the last word of a leader may take once another one leads. */
const lastWordMs = 100;
/** How long nobody may be known to lead before the one that led is let go of. */
const graceMs = 500;

interface UnderWay {
  readonly leader: LeaderHint;
  readonly letGo: (why: string) => void;
  timer: NodeJS.Timeout | undefined;
}

export interface LeaderWatchLimits {
  readonly lastWordMs: number;
  readonly graceMs: number;
}

export class LeaderWatch {
  readonly #driver: Pick<Driver, 'leader' | 'watch'>;
  readonly #limits: LeaderWatchLimits;
  readonly #underWay = new Set<UnderWay>();
  #unwatch: (() => void) | undefined;
  /** As it was at the last look. */
  #leader: LeaderHint | undefined;

  constructor(driver: Pick<Driver, 'leader' | 'watch'>, limits: LeaderWatchLimits = { lastWordMs, graceMs }) {
    this.#driver = driver;
    this.#limits = limits;
  }

  /**
   * @param leader - the one that is known now
   * @param letGo - called once, when this leader is over
   * @returns to be called when nobody waits for its answer any more
   */
  whenOver(leader: LeaderHint, letGo: (why: string) => void): () => void {
    const underWay: UnderWay = { leader, letGo, timer: undefined };
    this.#underWay.add(underWay);
    if (this.#unwatch === undefined) {
      this.#leader = leader;
      this.#unwatch = this.#driver.watch(() => this.#look());
    }
    return () => this.#forget(underWay);
  }

  /** Called whenever the driver did something, so it mostly does next to nothing. */
  #look(): void {
    const { leader } = this.#driver;
    if (isSame(leader, this.#leader)) return;
    this.#leader = leader;
    for (const underWay of this.#underWay) {
      clearTimeout(underWay.timer);
      underWay.timer = isSame(leader, underWay.leader) ? undefined : this.#letGoSoon(underWay, leader);
    }
  }

  #letGoSoon(underWay: UnderWay, now: LeaderHint | undefined): NodeJS.Timeout {
    const why = now === undefined ? `${underWay.leader.id} is not known to lead any more` : `${now.id} leads since epoch ${now.epoch}`;
    const afterMs = now === undefined ? this.#limits.graceMs : this.#limits.lastWordMs;
    return setTimeout(() => {
      this.#forget(underWay);
      underWay.letGo(why);
    }, afterMs);
  }

  #forget(underWay: UnderWay): void {
    clearTimeout(underWay.timer);
    if (!this.#underWay.delete(underWay) || this.#underWay.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }
}

function isSame(a: LeaderHint | undefined, b: LeaderHint | undefined): boolean {
  return a?.epoch === b?.epoch && a?.id === b?.id;
}
