/**
 * Tells requests that wait for a leader's answer when, as far as this node knows, that leader no longer leads. If
 * another node leads, it does so almost at once: the old leader's answer may be on its way, and be more certain than
 * anything this node can say. If no node leads, it waits a little longer: a stream between two nodes may break and come
 * back.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import type { Driver } from '../../driver/driver.ts';
import type { Clock } from '../../ports/ports.ts';

/** How long to wait for an old leader's last answer once another node leads. */
const lastWordMs = 100;
/** The same for a request that cannot be sent again: a leader that hands over may have many answers to send at that moment. */
const onlyWordMs = 1000;
/** How long no node may be known to lead before the old leader's answer is given up. */
const graceMs = 500;

interface UnderWay {
  readonly leader: LeaderHint;
  readonly isRepeatable: boolean;
  readonly letGo: (why: string) => void;
  /** Set once the request is about to be given up: prevents that. */
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
   * @param leader - the present leader, as this node knows it
   * @param isRepeatable - the request will go on to the next leader
   * @param letGo - called once, when this leader no longer leads
   * @returns to be called when the request no longer waits for the answer
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
    const why = now === undefined ? `${underWay.leader.id} is no longer known to lead` : `${now.id} leads epoch ${now.epoch}`;
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
