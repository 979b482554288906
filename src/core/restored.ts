/**
 * A storage into which a backup was restored. The first node that starts with it begins a new cluster, of this node alone, at the
 * end of what was restored. Once the log goes on from there the cluster has begun, whatever else happened.
 *
 * The member list in the log is that of the cluster that was backed up. Nobody in it is asked for anything.
 */

import type { LogOutline } from './log/log-outline.ts';
import type { NodeState } from './model/events.ts';
import type { NodeContext } from './node/context.ts';
import type { Roles } from './roles.ts';

/** Whether a backup was restored into a storage with this state and log, and no node has begun a cluster with it. */
export function waitsForCluster({ restoredTo }: NodeState, { end }: Pick<LogOutline, 'end'>): boolean {
  return restoredTo !== undefined && end.number <= restoredTo;
}

export class Restored {
  readonly #context: NodeContext;
  readonly #roles: Roles;

  constructor(context: NodeContext, roles: Roles) {
    this.#context = context;
    this.#roles = roles;
  }

  /** Whether the new cluster has not begun yet. */
  get isWaiting(): boolean {
    const { outline, promises } = this.#context;
    return waitsForCluster(promises.state, outline);
  }

  tick(): void {
    const { outline, promises, out } = this.#context;
    const { restoredTo } = promises.state;
    if (restoredTo === undefined) return;
    // Durable, so that no crash takes it back to what was restored.
    if (outline.durable.number > restoredTo) return promises.clusterBegun();
    if (!this.isWaiting || this.#roles.leader !== undefined || this.#roles.candidate?.isForced === true) return;
    const clusterId = this.#context.drawClusterId();
    out.emit('warn', 'cluster.restored', { clusterId, end: outline.end.offset });
    this.#roles.force(clusterId);
  }
}
