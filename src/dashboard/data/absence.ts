/** Who is missing, how, and since when. */

import { timeText } from './clock.ts';
import { list } from '../../api/wording.ts';
import type { Absence, NodeView } from './types.ts';

export interface AbsenceAsk {
  /** By this page. */
  readonly heard: {
    readonly isReachable: boolean;
    readonly goneReason: string | undefined;
    readonly isSilent: boolean;
    readonly isBack: boolean;
  };
  readonly isJoining: boolean;
  /** As the leader has it; `undefined` of the leader itself, and while nobody leads. */
  readonly health: NonNullable<NodeView['member']>['health'] | undefined;
}

/** Of a node that the page never looked for nothing is known. */
export function absenceOf({ heard, isJoining, health }: AbsenceAsk): Absence | undefined {
  if (!heard.isReachable) return heard.goneReason === undefined ? undefined : heard.isSilent ? 'silent' : 'down';
  if (health !== 'unhealthy' || isJoining) return undefined;
  return heard.isBack ? 'coming back' : 'cut off';
}

export interface Absent {
  readonly id: string;
  /** Short. */
  readonly name: string;
  readonly absence: Absence;
}

export function absentOf(nodes: readonly NodeView[]): readonly Absent[] {
  return nodes.flatMap(({ id, name, absence }) => (absence === undefined ? [] : [{ id, name, absence }]));
}

/** "s1 has been down since 14:02:11 and s2 silent since 14:03:00"; `undefined` if nobody is missing. */
export function absenceText(absent: readonly Absent[], lostAt: ReadonlyMap<string, number>, now = Date.now()): string | undefined {
  if (absent.length === 0) return undefined;
  return list(
    absent.map(({ id, name, absence }, index) => {
      const at = absence === 'coming back' ? undefined : lostAt.get(id);
      const since = at === undefined ? '' : ` since ${timeText(at, now)}`;
      return `${name}${index > 0 ? '' : at === undefined ? ' is' : ' has been'} ${absence}${since}`;
    }),
  );
}
