/** How the cluster is, in a few words: who is missing, since when, and what follows for who writes. */

import { absenceText, absentOf } from './absence.ts';
import { timeText } from './clock.ts';
import { count, entries } from './numbers.ts';
import { list } from '../../api/wording.ts';
import type { Health } from '../../api/health.ts';
import type { ClusterView, NodeView } from './types.ts';

export interface Summary {
  readonly tone: 'good' | 'warn' | 'bad';
  readonly text: string;
  /** Who leads, and how many are healthy, where `text` says something more important. */
  readonly rest: string | undefined;
  /** Changes with every entry. */
  readonly count: string | undefined;
  /** All but the count, in pieces: one that was not there before is news. */
  readonly pieces: readonly string[];
}

type Times = ReadonlyMap<string, number>;

/** @param lostAt - when those that are missing were lost, as far as that is known */
export function summary(view: ClusterView, lostAt: Times = new Map()): Summary {
  const { connection, heardAt, self, nodes, leader } = view;
  if (connection === 'lost') return wrong('bad', unheard({ self, heardAt }));
  // After a moment without contact each node has to say anew how it is.
  const isAsking = connection === 'connecting' || nodes.every(({ isReachable, goneReason }) => !isReachable && goneReason === undefined);
  if (isAsking) return wrong('warn', ['Connecting to the nodes…']);
  const health = leader?.health;
  if (leader === undefined || health === undefined) return wrong('bad', withoutLeader(view, lostAt));
  const absence = absenceText(absentOf(nodes), lostAt);
  const leading = leadingPieces(leader, health);
  const held = entries(health.ends.visibleEnd);
  if (health.status === 'read-only') return wrong('bad', readOnly({ leader, health, absence }), { leading, held });
  const waiting = absence ?? (health.status === 'degraded' ? `${list(health.waitingFor)} cannot be reached` : undefined);
  if (waiting === undefined) {
    return { tone: isWhole(health) ? 'good' : 'warn', text: leading.join('; '), rest: undefined, count: held, pieces: leading };
  }
  const next = health.tolerates === 0 ? ', but one more failure would stop all appends' : '';
  return wrong('warn', [waiting, `w=all waits; w=majority works${next}`], { leading, held });
}

interface Led {
  readonly leading: readonly string[];
  readonly held: string;
}

/** Something is wrong, which is more important than who leads. */
function wrong(tone: Summary['tone'], sentences: readonly string[], led?: Led): Summary {
  const pieces = [...sentences, ...(led?.leading ?? [])];
  return { tone, text: sentences.join('. '), rest: led?.leading.join('; '), count: led?.held, pieces };
}

function countedIn({ members }: Health): Health['members'] {
  return members.filter((member) => member.state !== 'joining');
}

function isWhole(health: Health): boolean {
  return countedIn(health).every((member) => member.health === 'healthy');
}

function leadingPieces({ name }: NodeView, health: Health): readonly string[] {
  const counted = countedIn(health);
  const healthy = counted.filter((member) => member.health === 'healthy').length;
  const joining = new Set(health.members.flatMap((member) => (member.state === 'joining' ? member.id : []))).size;
  const nodes = counted.length === 1 ? 'node' : 'nodes';
  const andJoining = joining === 0 ? '' : `, ${joining} joining`;
  return [`${name} leads epoch ${count(health.epoch)}`, `${healthy} of ${counted.length} ${nodes} healthy${andJoining}`];
}

interface ReadOnly {
  readonly leader: NodeView;
  readonly health: Health;
  readonly absence: string | undefined;
}

function readOnly({ leader, health, absence }: ReadOnly): readonly string[] {
  if (!health.canStore) return [`Read-only: the disk of ${leader.name} is full`, 'Appends are refused until there is room'];
  if (absence !== undefined) return ['Read-only: no majority', absence, 'Appends are refused until a majority is back'];
  const why = health.waitingFor.length === 0 ? '' : `: ${list(health.waitingFor)} cannot be reached`;
  return ['Read-only: no majority', `Appends are refused${why}`];
}

/** What is below stays, and is marked as old. */
function unheard({ self, heardAt }: Pick<ClusterView, 'self' | 'heardAt'>): readonly string[] {
  const server = self ?? 'the server of this page';
  if (heardAt === undefined) return [`No contact with ${server}; trying again`];
  return [`No contact with ${server} since ${timeText(heardAt)}`, 'What is shown below is from then'];
}

function withoutLeader({ nodes }: Pick<ClusterView, 'nodes'>, lostAt: Times): readonly string[] {
  const reachable = nodes.filter((node) => node.isReachable);
  if (reachable.length === 0) return [nodes.length === 1 ? 'The node cannot be reached' : 'None of the nodes can be reached'];
  const candidate = reachable.find((node) => node.health?.role === 'candidate')?.health;
  if (candidate !== undefined) return [`Read-only: ${candidate.node} tries to become the leader${waitsFor(candidate)}`];
  const absent = absentOf(nodes);
  const absence = absenceText(absent, lostAt);
  if (absence === undefined) return ['Read-only: no node leads'];
  const isElecting = reachable.some(({ health }) => (health?.election ?? null) !== null);
  const isMajority = reachable.length * 2 > nodes.length;
  const next = !isElecting
    ? `Appends are refused until ${absent.length === 1 ? 'it is' : 'they are'} back`
    : isMajority
      ? 'The others are electing a leader'
      : 'Too few nodes are left to elect a leader';
  return ['Read-only: no node leads', absence, next];
}

function waitsFor({ waitingFor }: Health): string {
  return waitingFor.length === 0 ? '' : `, and waits for ${list(waitingFor)}`;
}
