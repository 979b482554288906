/**
 * How far a follower was when the leader last heard from it, so that the leader can tell how far behind it is while it is away.
 *
 * The lag in time is the time between the first entry that the follower lacks and the newest entry. It grows while the log
 * grows, and stays the same while the log stands still, however long the follower is away.
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
  /** When the first entry that the follower lacks was added to the log. */
  #lackingSince: InstantMs | undefined;

  /** @param place.lackingSince - `undefined` if the follower holds everything */
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
