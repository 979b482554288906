/**
 * A leader hands over to a member with a higher priority, once that member has been well and up to date for a while. It does
 * not do so often, and less often after failures: two sick nodes must not hand leadership back and forth.
 */

import type { InstantMs, NodeId } from '../model/numbers.ts';
import type { Heir } from './hand-over.ts';

const settledMs = 10_000;
const atMostEveryMs = 60_000;
/** After this many failed attempts it waits longer. */
const failuresMax = 2;
const restMs = 10 * 60_000;

export class Preference {
  readonly #ownPriority: number;
  readonly #beganAt: InstantMs;
  /** Since when each preferred node has been able to take over. */
  readonly #readySince = new Map<NodeId, InstantMs>();
  #triedAt: InstantMs | undefined;
  #failures = 0;

  constructor(ownPriority: number, beganAt: InstantMs) {
    this.#ownPriority = ownPriority;
    this.#beganAt = beganAt;
  }

  /**
   * @param ready - the nodes that could take over now
   * @returns the node to hand over to, if it is time
   */
  choose(ready: readonly Heir[], now: InstantMs): Heir | undefined {
    const preferred = ready.filter(({ priority }) => priority > this.#ownPriority);
    for (const id of this.#readySince.keys()) if (!preferred.some((heir) => heir.id === id)) this.#readySince.delete(id);
    for (const { id } of preferred) if (!this.#readySince.has(id)) this.#readySince.set(id, now);
    const restsForMs = this.#failures >= failuresMax ? restMs : atMostEveryMs;
    if (now - this.#beganAt < settledMs || (this.#triedAt !== undefined && now - this.#triedAt < restsForMs)) return undefined;
    const settled = preferred.filter(({ id }) => now - (this.#readySince.get(id) ?? now) >= settledMs);
    return settled.toSorted((a, b) => b.priority - a.priority)[0];
  }

  /** A hand-over was begun. If this leader is still there to begin another, the one before has failed. */
  tried(now: InstantMs): void {
    if (this.#triedAt !== undefined) this.#failures += 1;
    this.#triedAt = now;
  }
}
