/**
 * When a node that hears from no leader holds a poll. Every node draws its own delay, so that one of them is first.
 *
 * Source: randomized election timeouts (Ongaro 2014, section 3.4; 9.3 for how they spread).
 */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs, NodeId } from '../model/numbers.ts';

/** What a node knows about the leader of the newest epoch that it promised. */
export interface LeaderContact {
  /** `undefined` if it follows nobody. */
  readonly leader: NodeId | undefined;
  /** When this node last heard anything from a leader that it followed. */
  readonly heardAt: InstantMs | undefined;
  /** When the leader's stream ended; `undefined` once there is another. */
  readonly lostAt: InstantMs | undefined;
  /** The leader said that it no longer leads. */
  readonly hasResigned: boolean;
}

export interface Timing {
  readonly timeoutMs: number;
  readonly heartbeatIntervalMs: number;
}

/** When the leader counts as gone, unless it is heard again before; `undefined` if no leader was ever heard. */
export function goneAt(contact: LeaderContact, { timeoutMs, heartbeatIntervalMs }: Timing): InstantMs | undefined {
  const { heardAt, lostAt, hasResigned } = contact;
  if (heardAt === undefined) return undefined;
  if (hasResigned) return heardAt;
  // A leader that is alive opens another stream at once.
  const bySilence = heardAt + timeoutMs;
  return instantMs(lostAt === undefined ? bySilence : Math.min(bySilence, lostAt + heartbeatIntervalMs));
}

export class ElectionDeadline {
  readonly #timing: Timing;
  readonly #random: () => number;
  /** In [0, 1): the part of each random delay that this node waits. */
  #share: number;
  #notBefore: InstantMs | undefined;

  constructor(timing: Timing, random: () => number) {
    this.#timing = timing;
    this.#random = random;
    this.#share = random();
  }

  /** The node starts now. An existing leader gets time to be heard first. */
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

  /** The wait of `start` or `postpone` is over at once. */
  isDue(now: InstantMs): void {
    this.#notBefore = now;
  }
}
