/**
 * When a node that hears from no leader holds a poll. Every node draws its own delay, so that one of them is first.
 *
 * Source: randomized election timeouts (Ongaro 2014, section 3.4; 9.3 for how they spread).
 */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs, NodeId } from '../model/numbers.ts';

/** What a follower knows of the leader of the epoch that it promised last. */
export interface LeaderContact {
  /** `undefined` if it follows nobody. */
  readonly leader: NodeId | undefined;
  /** When that leader was heard last, with whatever it said. */
  readonly heardAt: InstantMs | undefined;
  /** When its stream ended, and none followed. */
  readonly lostAt: InstantMs | undefined;
  /** It said that it leads no more. */
  readonly hasResigned: boolean;
}

export interface Timing {
  readonly timeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

/** When a leader that is not heard of counts as gone; `undefined` for a node that never heard of one. */
export function goneAt(contact: LeaderContact, { timeoutMs, heartbeatIntervalMs }: Timing): InstantMs | undefined {
  const { heardAt, lostAt, hasResigned } = contact;
  if (heardAt === undefined) return undefined;
  if (hasResigned) return heardAt;
  // A leader that lives opens another stream within a moment.
  const bySilence = heardAt + timeoutMs;
  return instantMs(lostAt === undefined ? bySilence : Math.min(bySilence, lostAt + heartbeatIntervalMs));
}

export class ElectionDeadline {
  readonly #timing: Timing;
  readonly #random: () => number;
  /** In [0, 1): which share of each random delay is this node's. */
  #share: number;
  #notBefore: InstantMs | undefined;

  constructor(timing: Timing, random: () => number) {
    this.#timing = timing;
    this.#random = random;
    this.#share = random();
  }

  /** The node runs since now: a leader that is there has the time to be heard first. */
  start(now: InstantMs): void {
    this.#notBefore = instantMs(now + this.#timing.timeoutMs * (1 + this.#share / 2));
  }

  isOver(contact: LeaderContact, now: InstantMs): boolean {
    if (this.#notBefore === undefined || now < this.#notBefore) return false;
    const gone = goneAt(contact, this.#timing);
    if (gone === undefined) return true;
    const { timeoutMs, heartbeatIntervalMs } = this.#timing;
    const isBySilence = contact.lostAt === undefined && !contact.hasResigned;
    return now >= gone + this.#share * (isBySilence ? timeoutMs / 2 : heartbeatIntervalMs);
  }

  /** Waits at least `ms`, and a random part of `spreadMs` more. */
  postpone(now: InstantMs, { ms, spreadMs }: { readonly ms: number; readonly spreadMs: number }): void {
    this.#share = this.#random();
    this.#notBefore = instantMs(now + ms + this.#share * spreadMs);
  }

  /** Somebody who may know says that it is this node's turn. */
  isDue(now: InstantMs): void {
    this.#notBefore = now;
  }
}
