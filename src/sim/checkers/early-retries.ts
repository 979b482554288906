/**
 * Counts retries that join an entry of an earlier epoch which the leader does not know to be committed, because its marker
 * is not committed yet. Until then such an entry may be cut, however many nodes hold it.
 */

import type { Ready, ReplicaEvent } from '../../core/model/events.ts';
import type { Offset, RequestId } from '../../core/model/numbers.ts';
import type { Replica } from '../../core/replica.ts';

export class EarlyRetries {
  readonly #count: () => void;
  /** Appends with a key that arrived before the marker was committed, and the leader's `committedEnd` at that time. */
  readonly #early = new WeakMap<Replica, Map<RequestId, Offset>>();
  readonly #confirmed = new WeakSet<Replica>();

  constructor(count: () => void) {
    this.#count = count;
  }

  epochBegan(replica: Replica): void {
    this.#confirmed.delete(replica);
  }

  epochConfirmed(replica: Replica): void {
    this.#confirmed.add(replica);
  }

  heard(replica: Replica, event: ReplicaEvent): void {
    if (event.kind !== 'appendRequested' || event.key === undefined || this.#confirmed.has(replica)) return;
    let early = this.#early.get(replica);
    if (early === undefined) this.#early.set(replica, (early = new Map()));
    early.set(event.requestId, replica.committedEnd);
  }

  decided(replica: Replica, { replies }: Ready): void {
    const early = this.#early.get(replica);
    if (early === undefined) return;
    for (const reply of replies) {
      if (reply.kind !== 'appended') continue;
      const committedEnd = early.get(reply.requestId);
      if (committedEnd !== undefined && reply.epoch < replica.promisedEpoch && reply.offset >= committedEnd) this.#count();
    }
  }
}
