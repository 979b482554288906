/**
 * What operators and other nodes ask of the core, each answered by a promise: members, leadership, what the log keeps.
 */

import { assert } from '../core/model/assert.ts';
import type { Retention } from '../core/model/control.ts';
import type { Registration, ReplicaEvent, Reply } from '../core/model/events.ts';
import type { ClusterId, Epoch, NodeId, Offset, RequestId } from '../core/model/numbers.ts';

/** Passes an event to the core, and resolves with its reply. @throws LogError */
type Ask = (eventOf: (id: RequestId) => ReplicaEvent) => Promise<Reply>;

export class Commands {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** @throws LogError */
  async register(url: string, by: { readonly id: NodeId | undefined; readonly isByHand: boolean }): Promise<Registration> {
    const reply = await this.#ask((id) => ({ kind: 'registered', requestId: id, url, ...by }));
    assert(reply.kind === 'registration', 'a registration is answered as one');
    return reply.registration;
  }

  /** Resolves when a majority of the remaining members has confirmed the removal. @throws LogError */
  async removeMember(member: NodeId, timeoutMs: number): Promise<void> {
    await this.#ask((id) => ({ kind: 'removalRequested', requestId: id, id: member, timeoutMs }));
  }

  /** Lets every entry before offset `before` go. @returns the first offset that stays. @throws LogError */
  async trim(before: Offset, timeoutMs: number): Promise<Offset> {
    const reply = await this.#ask((id) => ({ kind: 'trimRequested', requestId: id, before, timeoutMs }));
    assert(reply.kind === 'trimmed', 'a trim is answered as one');
    return reply.firstOffset;
  }

  /** Decides what the cluster keeps from now on. @throws LogError */
  async setRetention(retention: Retention, timeoutMs: number): Promise<Retention> {
    const reply = await this.#ask((id) => ({ kind: 'retentionRequested', requestId: id, retention, timeoutMs }));
    assert(reply.kind === 'retentionSet', 'a retention is answered as one');
    return reply.retention;
  }

  /**
   * Makes this node the leader: the present leader hands over to it, or, if it hears from none, it campaigns.
   * @param how.isForced - without asking the leader
   * @returns the epoch that it leads; the first batch of this epoch is committed
   * @throws LogError `promotion-refused`, or `promotion-timeout` if it may still come to lead
   */
  async promote(how: { readonly timeoutMs: number; readonly isForced: boolean }): Promise<Epoch> {
    const reply = await this.#ask((id) => ({ kind: 'promotionRequested', requestId: id, ...how }));
    assert(reply.kind === 'promoted', 'a promotion is answered as one');
    return reply.epoch;
  }

  /** @throws LogError */
  async forceNewCluster(): Promise<ClusterId> {
    const reply = await this.#ask((id) => ({ kind: 'newClusterForced', requestId: id }));
    assert(reply.kind === 'clusterForced', 'a forced cluster is answered as one');
    return reply.clusterId;
  }
}
