/** The picture in words, for those who do not see it: who leads, and to which nodes entries get. */

import { count } from '../data/numbers.ts';
import { list } from '../../api/wording.ts';
import type { ClusterView, NodeView } from '../data/types.ts';
import { conditionOf } from './condition.ts';

export function pictureText(view: Pick<ClusterView, 'nodes' | 'leader'>): string {
  const { nodes, leader } = view;
  if (nodes.length === 0) return 'No nodes are known yet.';
  const conditioned = (node: NodeView): string => `${node.name} (${conditionOf(node, view).label})`;
  if (leader === undefined) return `No node leads: ${list(nodes.map(conditioned))}.`;
  const others = nodes.filter((node) => node !== leader);
  const fed = others.filter((node) => conditionOf(node, view).isFed);
  const unfed = others.filter((node) => !fed.includes(node));
  const parts = [`The client writes to ${leader.name}, which leads epoch ${count(leader.health?.epoch ?? 0)}.`];
  if (fed.length > 0) parts.push(`Entries get from there to ${list(fed.map(({ name }) => name))}.`);
  if (unfed.length > 0) parts.push(`${fed.length > 0 ? 'They' : 'Entries'} do not get to ${list(unfed.map(conditioned))}.`);
  return parts.join(' ');
}
