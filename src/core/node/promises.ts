/**
 * What this node has promised, and whether it is on disk.
 *
 * An epoch is promised once, to one incarnation of one node, and only if it is above all promised before (Raft's vote:
 * dissertation, section 3.4). After a node has promised e, it never takes a frame of a lower epoch. A promise counts as soon
 * as it is decided, but it is sent only when it is saved.
 *
 * Invariant: `promisedEpoch` never goes down, not even when the storage is given up.
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

  /** The version of the state as decided, saved or not. */
  get version(): number {
    return this.#version;
  }

  get isSaved(): boolean {
    return this.#savedVersion === this.#version;
  }

  /** Whether this epoch can be promised to this candidate: it is above all promised before, or already promised to it. */
  canPromise(epoch: Epoch, to: Candidacy): boolean {
    return epoch > this.promisedEpoch || this.isPromisedTo(epoch, to);
  }

  isPromisedTo(epoch: Epoch, to: Candidacy): boolean {
    const { promisedEpoch, promisedTo } = this.#state;
    return epoch === promisedEpoch && promisedTo?.id === to.id && promisedTo.incarnation === to.incarnation;
  }

  /**
   * Whether this epoch is promised to a node other than `than`, which leads it. A promise to this node itself, of this start or
   * an earlier one, does not count: if another node leads that epoch, this one has lost it and follows.
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

  /**
   * The whole log was given up, so the storage gets a new id and belongs to no cluster. What the old one promised an epoch to
   * binds the new one no more than an empty disk: it may follow another leader of that epoch, and still promises it to nobody.
   */
  renewStorage(storageId: StorageId): void {
    this.#change({ ...notRestored(this.#state), clusterId: null, storageId, promisedTo: null, forgot: null });
  }

  /** The cluster that a restored storage was to begin has begun. */
  clusterBegun(): void {
    this.#change(notRestored(this.#state));
  }

  /** The disk lost what had been acknowledged, so the storage gets a new id, which no list names. What is left is a valid log. */
  forget(forgot: Held, storageId: StorageId): void {
    this.#change({ ...notRestored(this.#state), storageId, promisedTo: null, forgot });
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

/** What is left of a storage that lost part of its log must not begin a cluster by itself. */
function notRestored({ restoredTo: _over, ...state }: NodeState): NodeState {
  return state;
}
