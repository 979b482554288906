/** What a node's column shows at an offset: an entry, or why there is none. */

import { firstKept } from '../data/first-kept.ts';
import type { NodeView } from '../data/types.ts';
import type { LogEntry } from './log-entry.ts';

export type CellState =
  | { readonly kind: 'entry'; readonly entry: LogEntry; readonly isCommitted: boolean; readonly isStale: boolean }
  /** It is there, and will be seen in a moment. */
  | { readonly kind: 'loading' }
  /** It is there, but its writer still waits: the leader does not show it yet. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'notHere' }
  /** It was let go, on all nodes: the log begins behind it. */
  | { readonly kind: 'trimmed' }
  /** The node is gone. It had an entry when it was heard last, or had it not. */
  | { readonly kind: 'gone'; readonly hadIt: boolean };

export interface CellPlace {
  readonly offset: number;
  /** Read there. */
  readonly entry: LogEntry | undefined;
  /** Read at any node. */
  readonly anyEntry?: LogEntry | undefined;
  /** Of the whole cluster. */
  readonly committedEnd: number;
}

export function cellState(node: NodeView, { offset, entry, anyEntry, committedEnd }: CellPlace): CellState {
  const held = heldEnd(node);
  if (offset < firstKept(node)) return { kind: 'trimmed' };
  if (entry !== undefined) return { kind: 'entry', entry, isCommitted: offset < committedEnd, isStale: !node.isReachable };
  if (!node.isReachable) {
    // What it knew to be committed is the same on every node that has it.
    const isKnown = offset < held && offset < (node.health?.ends.committedEnd ?? 0);
    if (isKnown && anyEntry !== undefined) return { kind: 'entry', entry: anyEntry, isCommitted: true, isStale: true };
    return { kind: 'gone', hadIt: offset < held };
  }
  if (offset < visibleEnd(node)) return { kind: 'loading' };
  return offset < held ? { kind: 'waiting' } : { kind: 'notHere' };
}

/** One past the last entry that the node would show to a default reader. */
export function visibleEnd(node: NodeView): number {
  const { health } = node;
  if (health === undefined) return 0;
  // A follower shows all that it holds, and of that more is heard than its health. A leader says itself how far.
  return health.role === 'leader' ? health.ends.visibleEnd : (node.heldEnd ?? health.ends.visibleEnd);
}

/** One past the last entry that the node has, shown or not. */
export function heldEnd(node: NodeView): number {
  return Math.max(node.heldEnd ?? 0, node.health?.role === 'leader' ? node.health.ends.durableEnd : 0);
}

/** What any node knows to be committed is. Nodes that are gone are asked only if there is no other. */
export function committedEndOf(nodes: readonly NodeView[]): number {
  const known = nodes.filter(({ health }) => health !== undefined);
  const reachable = known.filter(({ isReachable }) => isReachable);
  return Math.max(0, ...(reachable.length > 0 ? reachable : known).map(({ health }) => health?.ends.committedEnd ?? 0));
}
