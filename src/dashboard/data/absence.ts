/** Who is missing, how, and since when. */

import { timeText } from './clock.ts';
import { list } from '../../api/wording.ts';
import type { ClusterView, NodeView } from './types.ts';

/** `down`: it does not answer; `silent`: it takes connections and says nothing; `cut off`: it runs, and the leader cannot reach it. */
type AbsenceKind = 'down' | 'silent' | 'cut off';

export interface Absent {
  readonly id: string;
  /** Short. */
  readonly name: string;
  readonly kind: AbsenceKind;
}

/** Of a node that the page never looked for nothing is known. */
function kindOfAbsence(node: NodeView, leader: NodeView | undefined): AbsenceKind | undefined {
  if (!node.isReachable) return node.goneReason === undefined ? undefined : node.isSilent ? 'silent' : 'down';
  return leader !== undefined && node.id !== leader.id && !node.isJoining && node.member?.health === 'unhealthy' ? 'cut off' : undefined;
}

export function absentOf({ nodes, leader }: Pick<ClusterView, 'nodes' | 'leader'>): readonly Absent[] {
  return nodes.flatMap((node) => {
    const kind = kindOfAbsence(node, leader);
    return kind === undefined ? [] : [{ id: node.id, name: node.name, kind }];
  });
}

/** "s1 has been down since 14:02:11 and s2 silent since 14:03:00"; `undefined` if nobody is missing. */
export function absenceOf(absent: readonly Absent[], lostAt: ReadonlyMap<string, number>, now = Date.now()): string | undefined {
  if (absent.length === 0) return undefined;
  return list(
    absent.map(({ id, name, kind }, index) => {
      const at = lostAt.get(id);
      const since = at === undefined ? '' : ` since ${timeText(at, now)}`;
      return `${name}${index > 0 ? '' : at === undefined ? ' is' : ' has been'} ${kind}${since}`;
    }),
  );
}
