/**
 * What this node promised, and which of it is on disk.
 *
 * An epoch is promised once, to one incarnation of one node, and only if it is above all promised before (the vote of
 * Raft: dissertation, section 3.4). Who promised e takes no frame of a lower epoch ever after. A promise counts from
 * the moment it is decided; it is answered only when it is saved.
 *
 * Invariant: `promisedEpoch` never goes down, also not when the storage is given up.
 */

import { assert } from '../model/assert.ts';
import type { NodeState } from '../model/events.ts';
import type { ClusterId, Epoch, Incarnation, NodeId, StorageId } from '../model/numbers.ts';
import type { Held } from '../model/place.ts';
import type { Outbox } from './outbox.ts';

export interface Candidacy {
  readonly id: NodeId;
  readonly incarnation: Incarnation;
}

export class Promises {
  readonly #out: Outbox;
  #state: NodeState;
  #version = 0;
  #savedVersion = 0;

  constructor(state: NodeState, out: Outbox) {
    this.#state = state;
    this.#out = out;
  }

  get state(): NodeState {
    return this.#state;
  }

  get promisedEpoch(): Epoch {
    return this.#state.promisedEpoch;
  }

  get storageId(): StorageId {
    return this.#state.storageId;
  }

  /** Of the state as it is decided, saved or not. */
  get version(): number {
    return this.#version;
  }

  get isSaved(): boolean {
    return this.#savedVersion === this.#version;
  }

  /** Whether this epoch is free for this candidate: above all promised, or promised to it already. */
  canPromise(epoch: Epoch, to: Candidacy): boolean {
    return epoch > this.promisedEpoch || this.isPromisedTo(epoch, to);
  }

  isPromisedTo(epoch: Epoch, to: Candidacy): boolean {
    const { promisedEpoch, promisedTo } = this.#state;
    return epoch === promisedEpoch && promisedTo?.id === to.id && promisedTo.incarnation === to.incarnation;
  }

  /**
   * Whether this epoch is promised to somebody else than who says that it leads it. Not by its own candidacy, of this start
   * or an earlier one: a node that does not lead what it promised to itself has lost it, and goes on as a follower.
   */
  isPromisedToAnother(epoch: Epoch, than: Candidacy, self: NodeId): boolean {
    const { promisedEpoch, promisedTo } = this.#state;
    return epoch === promisedEpoch && promisedTo !== null && promisedTo.id !== self && !this.isPromisedTo(epoch, than);
  }

  promise(epoch: Epoch, to: Candidacy): void {
    assert(this.canPromise(epoch, to), 'an epoch is promised once, and only above all promised before');
    if (this.isPromisedTo(epoch, to)) return;
    this.#change({ ...this.#state, promisedEpoch: epoch, promisedTo: { id: to.id, incarnation: to.incarnation } });
  }

  joinCluster(clusterId: ClusterId): void {
    if (this.#state.clusterId !== clusterId) this.#change({ ...this.#state, clusterId });
  }

  /** After the log was given up whole: this storage is nobody's any more. */
  renewStorage(storageId: StorageId): void {
    this.#change({ ...this.#state, clusterId: null, storageId, forgot: null });
  }

  /** The disk lost what had been acknowledged: what is left is a log like any other, and this storage nobody's. */
  forget(forgot: Held, storageId: StorageId): void {
    this.#change({ ...this.#state, storageId, forgot });
  }

  saved(version: number): void {
    assert(version <= this.#version, 'only what was decided is saved');
    this.#savedVersion = Math.max(this.#savedVersion, version);
  }

  #change(state: NodeState): void {
    this.#state = state;
    this.#version += 1;
    this.#out.save(state, this.#version);
  }
}
