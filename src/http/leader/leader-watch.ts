/**
 * Tells requests that wait for a leader's answer when that leader leads no more, as far as this node knows: almost at
 * once if another one leads, since its last word may be on its way and be more certain than ours; and after a moment if
 * nobody does, since a stream between two nodes may break and come back.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import type { Driver } from '../../driver/driver.ts';
import type { Clock } from '../../ports/ports.ts';

/** How long the last word of a leader may take once another one leads. */
const lastWordMs = 100;
/** The same where nothing can be done without it: the one that hands over may have much to say at that moment. */
const onlyWordMs = 1000;
/** How long nobody may be known to lead before the one that led is let go of. */
const graceMs = 500;

interface UnderWay {
  readonly leader: LeaderHint;
  readonly isRepeatable: boolean;
  readonly letGo: (why: string) => void;
  /** It is let go of soon, unless this is called. */
  cancel: (() => void) | undefined;
}

export interface LeaderWatchLimits {
  readonly lastWordMs: number;
  readonly onlyWordMs: number;
  readonly graceMs: number;
}

export class LeaderWatch {
  readonly #driver: Pick<Driver, 'watchLeader'>;
  readonly #clock: Pick<Clock, 'after'>;
  readonly #limits: LeaderWatchLimits;
  readonly #underWay = new Set<UnderWay>();
  #unwatch: (() => void) | undefined;

  constructor(
    driver: Pick<Driver, 'watchLeader'>,
    clock: Pick<Clock, 'after'>,
    limits: LeaderWatchLimits = { lastWordMs, onlyWordMs, graceMs },
  ) {
    this.#driver = driver;
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * @param leader - the one that is known now
   * @param isRepeatable - whether the request goes on to the next leader then
   * @param letGo - called once, when this leader is over
   * @returns to be called when nobody waits for its answer any more
   */
  whenOver({ leader, isRepeatable }: Pick<UnderWay, 'leader' | 'isRepeatable'>, letGo: (why: string) => void): () => void {
    const underWay: UnderWay = { leader, isRepeatable, letGo, cancel: undefined };
    this.#underWay.add(underWay);
    this.#unwatch ??= this.#driver.watchLeader((now) => this.#onLeaderChanged(now));
    return () => this.#forget(underWay);
  }

  #onLeaderChanged(leader: LeaderHint | undefined): void {
    for (const underWay of this.#underWay) {
      underWay.cancel?.();
      underWay.cancel = isSame(leader, underWay.leader) ? undefined : this.#letGoSoon(underWay, leader);
    }
  }

  #letGoSoon(underWay: UnderWay, now: LeaderHint | undefined): () => void {
    const why = now === undefined ? `${underWay.leader.id} is not known to lead any more` : `${now.id} leads since epoch ${now.epoch}`;
    const wordMs = underWay.isRepeatable ? this.#limits.lastWordMs : this.#limits.onlyWordMs;
    const afterMs = now === undefined ? this.#limits.graceMs : wordMs;
    return this.#clock.after(afterMs, () => {
      this.#forget(underWay);
      underWay.letGo(why);
    });
  }

  #forget(underWay: UnderWay): void {
    underWay.cancel?.();
    if (!this.#underWay.delete(underWay) || this.#underWay.size > 0) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }
}

function isSame(a: LeaderHint | undefined, b: LeaderHint | undefined): boolean {
  return a?.epoch === b?.epoch && a?.id === b?.id;
}
