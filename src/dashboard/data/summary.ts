/** How the cluster is, in a few words: who is missing, since when, and what follows for who writes. */

import { absenceOf, absentOf } from './absence.ts';
import { timeText } from './clock.ts';
import { count, entries } from './numbers.ts';
import { list } from '../../api/wording.ts';
import type { Health } from '../../api/health.ts';
import type { ClusterView, NodeView } from './types.ts';

export interface Summary {
  readonly tone: 'good' | 'warn' | 'bad';
  /** Changes seldom: read aloud when it does. */
  readonly text: string;
  /** Who leads, and how many are healthy, where `text` says something more important. */
  readonly rest: string | undefined;
  /** Changes with every entry. */
  readonly count: string | undefined;
}

type Known = Pick<ClusterView, 'nodes' | 'leader'>;
type Times = ReadonlyMap<string, number>;

/** @param lostAt - when those that are missing were lost, as far as that is known */
export function summary(view: ClusterView, lostAt: Times = new Map()): Summary {
  const { connection, heardAt, self, nodes, leader } = view;
  if (connection === 'lost') return said('bad', unheard({ self, heardAt }));
  // After a moment without contact each node has to say anew how it is.
  const isAsking = connection === 'connecting' || nodes.every(({ isReachable, goneReason }) => !isReachable && goneReason === undefined);
  if (isAsking) return said('warn', 'Connecting to the nodes…');
  const health = leader?.health;
  if (leader === undefined || health === undefined) return said('bad', withoutLeader(view, lostAt));
  const absence = absenceOf(absentOf(view), lostAt);
  const leading = leadingText(leader, health);
  const held = entries(health.ends.visibleEnd);
  if (health.status === 'read-only') return { tone: 'bad', text: readOnly({ leader, health, absence }), rest: leading, count: held };
  const waiting = absence ?? (health.status === 'degraded' ? `${list(health.waitingFor)} cannot be reached` : undefined);
  if (waiting === undefined) return { tone: isWhole(health) ? 'good' : 'warn', text: leading, rest: undefined, count: held };
  const next = health.tolerates === 0 ? ', but one more failure would stop all appends' : '';
  return { tone: 'warn', text: `${waiting}. w=all waits; w=majority works${next}`, rest: leading, count: held };
}

function said(tone: Summary['tone'], text: string): Summary {
  return { tone, text, rest: undefined, count: undefined };
}

function countedIn({ members }: Health): Health['members'] {
  return members.filter((member) => member.state !== 'joining');
}

function isWhole(health: Health): boolean {
  return countedIn(health).every((member) => member.health === 'healthy');
}

function leadingText({ name }: NodeView, health: Health): string {
  const counted = countedIn(health);
  const healthy = counted.filter((member) => member.health === 'healthy').length;
  const joining = new Set(health.members.flatMap((member) => (member.state === 'joining' ? member.id : []))).size;
  const nodes = counted.length === 1 ? 'node' : 'nodes';
  return (
    `${name} leads epoch ${count(health.epoch)}; ${healthy} of ${counted.length} ${nodes} healthy` +
    (joining === 0 ? '' : `, ${joining} joining`)
  );
}

interface ReadOnly {
  readonly leader: NodeView;
  readonly health: Health;
  readonly absence: string | undefined;
}

function readOnly({ leader, health, absence }: ReadOnly): string {
  if (!health.canStore) return `Read-only: the disk of ${leader.name} is full. Appends are refused until there is room`;
  const waiting =
    health.waitingFor.length === 0 ? 'Appends are refused' : `Appends are refused: ${list(health.waitingFor)} cannot be reached`;
  return `Read-only: no majority. ${absence === undefined ? waiting : `${absence}. Appends are refused until a majority is back`}`;
}

/** What is below stays, and is marked as old. */
function unheard({ self, heardAt }: Pick<ClusterView, 'self' | 'heardAt'>): string {
  const server = self ?? 'the server of this page';
  if (heardAt === undefined) return `No contact with ${server}; trying again`;
  return `No contact with ${server} since ${timeText(heardAt)}. What is shown below is from then`;
}

function withoutLeader(view: Known, lostAt: Times): string {
  const { nodes } = view;
  const reachable = nodes.filter((node) => node.isReachable);
  if (reachable.length === 0) return nodes.length === 1 ? 'The node cannot be reached' : 'None of the nodes can be reached';
  const candidate = reachable.find((node) => node.health?.role === 'candidate')?.health;
  if (candidate !== undefined) return `Read-only: ${candidate.node} seeks to lead${waitsFor(candidate)}`;
  const absent = absentOf(view);
  const absence = absenceOf(absent, lostAt);
  if (absence === undefined) return 'Read-only: no node leads';
  const isElecting = reachable.some(({ health }) => (health?.election ?? null) !== null);
  const isMajority = reachable.length * 2 > nodes.length;
  const next = !isElecting
    ? `Appends are refused until ${absent.length === 1 ? 'it is' : 'they are'} back`
    : isMajority
      ? 'The others are electing a leader'
      : 'Too few nodes are left to elect a leader';
  return `Read-only: no node leads. ${absence}. ${next}`;
}

function waitsFor({ waitingFor }: Health): string {
  return waitingFor.length === 0 ? '' : `, waits for ${list(waitingFor)}`;
}
