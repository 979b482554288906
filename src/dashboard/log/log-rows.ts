/** The log as the view shows it now: one node or all of them, and how far each goes. */

import type { NodeView } from '../data/types.ts';
import { firstKept } from '../data/first-kept.ts';
import { committedEndOf, heldEnd, visibleEnd } from './cell-state.ts';
import type { WantedRange } from './entry-loader.ts';
import type { Range } from '../data/range.ts';

export type ReadLevel = 'default' | 'committed';

export interface Choice {
  /** `undefined`: all. */
  readonly nodeId: string | undefined;
  readonly level: ReadLevel;
}

export interface LogRows {
  readonly isAll: boolean;
  /** With a column each. */
  readonly nodes: readonly NodeView[];
  /** The one whose entries stand for all, where there is room for one only, and in which is searched. */
  readonly main: NodeView | undefined;
  readonly count: number;
  readonly committedEnd: number;
}

export function logRows(nodes: readonly NodeView[], leader: NodeView | undefined, { nodeId, level }: Choice): LogRows {
  const chosen = nodes.find((node) => node.id === nodeId);
  const committedEnd = committedEndOf(nodes);
  if (chosen !== undefined) {
    const count = level === 'committed' ? Math.min(chosen.health?.ends.committedEnd ?? 0, visibleEnd(chosen)) : visibleEnd(chosen);
    return { isAll: false, nodes: [chosen], main: chosen, count, committedEnd };
  }
  const main = leader ?? nodes.find(({ isReachable }) => isReachable) ?? nodes[0];
  return { isAll: true, nodes, main, count: Math.max(0, ...nodes.map(heldEnd)), committedEnd };
}

/** What must be read to show these rows, the main node's first. Nodes that are gone are not asked. */
export function rangesToLoad({ nodes, main, count }: LogRows, seen: Range): WantedRange[] {
  return [...nodes.filter((node) => node === main), ...nodes.filter((node) => node !== main)]
    .filter(({ isReachable }) => isReachable)
    .map((node) => ({
      nodeId: node.id,
      ...seen,
      start: Math.max(seen.start, firstKept(node)),
      visibleEnd: Math.min(visibleEnd(node), count),
    }))
    .filter(({ start, end }) => start < end);
}
