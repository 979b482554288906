/**
 * How far a follower was when the leader heard it last, so that the leader can tell how much one that is away lacks.
 *
 * What it lacks in time is the stretch of the log from the first entry that it does not hold to the newest one: it
 * grows while the log grows, and stays as it is while the log stands still, however long the follower is away.
 */

import type { InstantMs, Offset, StorageId } from '../model/numbers.ts';

export interface Lag {
  readonly durableEnd: Offset;
  readonly lagEntries: number;
  readonly lagMs: number;
}

export class LastKnownPlace {
  readonly storageId: StorageId;
  readonly durableEnd: Offset;
  /** When the first entry that it does not hold was given its place. */
  #lackingSince: InstantMs | undefined;

  /** @param lackingSince - `undefined` for a follower that holds all there is */
  constructor(place: { readonly storageId: StorageId; readonly durableEnd: Offset; readonly lackingSince: InstantMs | undefined }) {
    this.storageId = place.storageId;
    this.durableEnd = place.durableEnd;
    this.#lackingSince = place.lackingSince;
  }

  /** The log ends at `end` now. */
  logEndsAt(end: Offset, now: InstantMs): void {
    if (end > this.durableEnd) this.#lackingSince ??= now;
  }

  /** @param log - its end, and when it last grew */
  lagBehind(log: { readonly end: Offset; readonly grewAt: InstantMs }): Lag {
    const { durableEnd } = this;
    const lagEntries = Math.max(0, log.end - durableEnd);
    const since = this.#lackingSince ?? log.grewAt;
    return { durableEnd, lagEntries, lagMs: lagEntries === 0 ? 0 : Math.max(0, Math.round(log.grewAt - since)) };
  }
}
