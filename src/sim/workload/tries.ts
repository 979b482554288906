/** A node's attempts to get one append served, as the simulator sees them. */

import type { Driver } from '../../driver/driver.ts';
import type { LeaderTerms } from '../../ports/leader-caller.ts';
import { claim } from '../world/claim.ts';
import type { World } from '../world/world.ts';

/** The codes with which an append ends because its leader is over. */
const endedWithLeader: ReadonlySet<string> = new Set(['forward-failed', 'epoch-ended', 'stopped-while-waiting']);
/** A process's clock is at most a tenth too fast. */
const surelyTooEarly = 0.85;

export class Tries {
  readonly #world: World;
  readonly #begunAt: number;
  #driver: Driver | undefined;
  #count = 0;
  #last: 'here' | LeaderTerms | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#begunAt = world.now;
  }

  /** The process that a client asked. */
  asked(driver: Driver): void {
    this.#driver = driver;
  }

  begun(at: 'here' | LeaderTerms): void {
    this.#count += 1;
    this.#last = at;
  }

  /** Whether the append was sent again to another leader, under its identity, and was already there. */
  wasKnownAgain(answeredBy: number): boolean {
    return this.#count > 1 && this.#identified !== undefined && answeredBy < this.#identified.epoch;
  }

  /** An append that can be sent again is not given up before its time because a leader is over, unless no node can lead. */
  checkGivenUp(code: string, timeoutMs: number): void {
    const passedMs = this.#world.now - this.#begunAt;
    if (this.#identified === undefined || !endedWithLeader.has(code) || this.#driver?.isStopped !== false) return;
    if (this.#driver.missingForMajority !== undefined) return;
    claim(
      passedMs >= surelyTooEarly * timeoutMs,
      () => `an append with an identity survives its leader: it is given up after ${passedMs} of ${timeoutMs} ms (${code})`,
    );
  }

  /** A forwarding node waits for the next leader, and does not report that this one is shutting down. */
  checkRefused(code: string): void {
    claim(
      code !== 'shutting-down' || this.#last === 'here' || this.#driver?.isStopped === true,
      () => 'a node that runs on does not say that another one is shutting down',
    );
  }

  get #identified(): LeaderTerms | undefined {
    return this.#last === 'here' || this.#last?.identity === undefined ? undefined : this.#last;
  }
}
