import type { NodeView } from './types.ts';

/** The first entry that is kept, as far as the node knows; 0 while nothing was heard of it. */
export function firstKept({ health }: Pick<NodeView, 'health'>): number {
  return health?.firstOffset ?? 0;
}
