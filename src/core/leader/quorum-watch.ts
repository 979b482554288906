/**
 * Whether an elected leader still has its majority. Time counts from when an answered heartbeat was sent, not from when the
 * answer came, because the others heard nothing newer than that heartbeat. A suspended process gets no allowance: when it runs
 * again, it finds its majority long gone.
 *
 * A leader without its majority first takes no appends (`isSuspended`), before another node may be elected. Then it resigns
 * (`isOver`), so that the nodes that still hear from it elect another.
 *
 * Source: check-quorum (Ongaro 2014, section 6.2); leases from the send time (section 6.4.1).
 */

import type { InstantMs } from '../model/numbers.ts';

/** Multiples of the election timeout. The first leaves a margin for clocks that run at different speeds. */
const suspendedAfter = 0.8;
const overAfter = 2;

export class QuorumWatch {
  readonly #timeoutMs: number;
  /** When heartbeats were sent, by sequence number, from the last confirmed one on. */
  readonly #sentAt = new Map<number, InstantMs>();
  #confirmedAt: InstantMs;

  /** @param beganAt - a majority has just promised */
  constructor(timeoutMs: number, beganAt: InstantMs) {
    this.#timeoutMs = timeoutMs;
    this.#confirmedAt = beganAt;
  }

  sent(sequence: number, now: InstantMs): void {
    this.#sentAt.set(sequence, now);
    for (const [before, at] of this.#sentAt) if (now - at > 2 * overAfter * this.#timeoutMs) this.#sentAt.delete(before);
  }

  /** @param sequence - the newest heartbeat that a majority answered */
  confirmed(sequence: number): void {
    const at = this.#sentAt.get(sequence);
    if (at === undefined) return;
    this.#confirmedAt = at;
    for (const before of this.#sentAt.keys()) if (before < sequence) this.#sentAt.delete(before);
  }

  ageMs(now: InstantMs): number {
    return now - this.#confirmedAt;
  }

  isSuspended(now: InstantMs): boolean {
    return this.ageMs(now) >= suspendedAfter * this.#timeoutMs;
  }

  isOver(now: InstantMs): boolean {
    return this.ageMs(now) >= overAfter * this.#timeoutMs;
  }
}

/** For a leader that a coordinator named: if it resigned, no other node would be elected. */
export const alwaysConfirmed: Pick<QuorumWatch, 'sent' | 'confirmed' | 'isSuspended' | 'isOver'> & {
  readonly ageMs: (now: InstantMs) => number | undefined;
} = {
  ageMs: () => undefined,
  sent: () => undefined,
  confirmed: () => undefined,
  isSuspended: () => false,
  isOver: () => false,
};
