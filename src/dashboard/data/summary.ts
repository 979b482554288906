/** How the cluster is, in one sentence. */

import { clockText } from './clock.ts';
import { count, entries } from './numbers.ts';
import type { Health } from '../../api/health.ts';
import type { ClusterView } from './types.ts';

export interface Summary {
  readonly tone: 'good' | 'warn' | 'bad';
  /** Changes seldom: read aloud when it does. */
  readonly text: string;
  /** Changes with every entry. */
  readonly count: string | undefined;
}

export function summary({ connection, heardAt, self, nodes, leader }: ClusterView): Summary {
  if (connection === 'lost') return { tone: 'bad', text: unheard({ self, heardAt }), count: undefined };
  if (connection === 'connecting' || nodes.length === 0) return { tone: 'warn', text: 'Asking the nodes how they are…', count: undefined };
  const health = leader?.health;
  if (leader === undefined || health === undefined) return { tone: 'bad', text: withoutLeader(nodes), count: undefined };
  const held = entries(health.ends.visibleEnd);
  if (health.status === 'read-only') {
    const waiting = health.waitingFor.length === 0 ? '' : `, waits for ${list(health.waitingFor)}`;
    const why = health.canStore ? 'no majority' : 'no room on the disk of the leader';
    return { tone: 'bad', text: `Read-only: ${why}${waiting}`, count: held };
  }
  const counted = health.members.filter((member) => member.state !== 'joining');
  const healthy = counted.filter((member) => member.health === 'healthy').length;
  const joining = new Set(health.members.flatMap((member) => (member.state === 'joining' ? member.id : []))).size;
  const text =
    `${leader.id} leads epoch ${count(health.epoch)}; ${healthy} of ${counted.length} ${counted.length === 1 ? 'node' : 'nodes'} healthy` +
    (joining === 0 ? '' : `, ${joining} joining`) +
    (health.status === 'degraded' ? `. Appends at w=all wait for ${list(health.waitingFor)}` : '');
  return { tone: healthy === counted.length ? 'good' : 'warn', text, count: held };
}

/** What is below stays, and is marked as old. */
function unheard({ self, heardAt }: Pick<ClusterView, 'self' | 'heardAt'>): string {
  const server = self ?? 'the server of this page';
  if (heardAt === undefined) return `Nothing is heard from ${server}; trying again`;
  return `Nothing is heard from ${server} since ${clockText(heardAt).slice(0, 8)}: what is shown is as it was then`;
}

function withoutLeader(nodes: ClusterView['nodes']): string {
  const reachable = nodes.filter((node) => node.isReachable);
  if (reachable.length === 0) return nodes.length === 1 ? 'The node cannot be reached' : 'None of the nodes can be reached';
  const candidate = reachable.find((node) => node.health?.role === 'candidate')?.health;
  if (candidate === undefined) return 'Read-only: no node leads';
  return `Read-only: ${candidate.node} seeks to lead${waitsFor(candidate)}`;
}

function waitsFor({ waitingFor }: Health): string {
  return waitingFor.length === 0 ? '' : `, waits for ${list(waitingFor)}`;
}

/** "a", "a and b", "a, b and c" */
export function list(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
