/** The state of the cluster of `rlog dev`: what the lab knows about the processes, and what the nodes report. */

import type { Health } from '../../api/health.ts';
import type { LabNode } from '../../api/lab.ts';

export interface NodeView extends LabNode {
  /** Its last answer; `undefined` while it does not answer. */
  readonly health: Health | undefined;
  /** Whether it has yet to answer for the first time since its process was started. */
  readonly isStarting: boolean;
}

export interface ClusterView {
  readonly coordinator: 'static' | 'elections';
  /** In the order of their keys. */
  readonly nodes: readonly NodeView[];
}

export interface Leading {
  readonly node: NodeView;
  readonly health: Health;
}

/** Of the nodes that say they lead, the one with the highest epoch. */
export function leaderOf({ nodes }: ClusterView): Leading | undefined {
  let found: Leading | undefined;
  for (const node of nodes) {
    const { health } = node;
    if (health?.role === 'leader' && (found === undefined || health.epoch > found.health.epoch)) found = { node, health };
  }
  return found;
}

/** Whether the others can reach it, as far as the lab knows. */
export function isThere(node: Pick<LabNode, 'isRunning' | 'isPaused' | 'isCutOff'>): boolean {
  return node.isRunning && !node.isPaused && !node.isCutOff;
}

export function hasMajority({ nodes }: { readonly nodes: readonly Pick<LabNode, 'isRunning' | 'isPaused' | 'isCutOff'>[] }): boolean {
  return nodes.filter(isThere).length > nodes.length / 2;
}

/** The key of a node: its number. */
export function keyOf({ nodes }: ClusterView, id: string): string {
  return String(nodes.findIndex((node) => node.id === id) + 1);
}

/** Less is not a lag: entries are always on their way to a follower. */
const lagMsMax = 500;

/** Whether it is a member that keeps up with the leader, as far as the leader knows. */
export function isWhole(view: ClusterView, id: string): boolean {
  const leading = leaderOf(view);
  if (leading === undefined) return false;
  if (leading.node.id === id) return true;
  // Otherwise it was restarted, or still follows an earlier leader, and what the leader knows about it is old.
  const follows = view.nodes.find((node) => node.id === id)?.health?.leader;
  if (follows?.id !== leading.node.id || follows.epoch !== leading.health.epoch) return false;
  const member = leading.health.members.find((each) => each.id === id);
  return member?.state === 'member' && member.health === 'healthy' && (member.lagMs ?? Infinity) < lagMsMax;
}
