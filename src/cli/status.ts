/** `rlog status` */

import type { Health, Member } from '../api/health.ts';
import { CliError } from './cli-error.ts';
import { healthOf } from './any-node.ts';
import { healthAt } from './health-json.ts';
import { table } from './table.ts';
import { say, sayJson } from './print.ts';

export async function status(options: { readonly url: string; readonly json?: boolean }): Promise<void> {
  const health = await asLeaderSees(options.url);
  if (options.json === true) {
    sayJson(health);
    return;
  }
  const { ends, leader } = health;
  const lines = [
    `cluster ${health.cluster ?? 'none yet'}, epoch ${health.epoch}, ${leader === null ? 'nobody leads' : `led by ${leader.id}`}, ${health.status}`,
    `log end ${ends.logEnd}, durable ${ends.durableEnd}, committed ${ends.committedEnd}, visible ${ends.visibleEnd} (as ${health.server_id} sees it)`,
  ];
  lines.push(...leaderLines(health));
  if (health.waitingFor.length > 0) lines.push(waitingLine(health));
  if (health.deposedBy !== null) lines.push(deposedLine(health.deposedBy));
  say(...lines, '');
  process.stdout.write(membersTable(health.members, leader?.id));
}

/** What only a leader knows, and an older one does not say. */
function leaderLines({ leaderSince, tolerates }: Partial<Health>): string[] {
  if (typeof leaderSince !== 'string' || typeof tolerates !== 'number') return [];
  const may = tolerates === 0 ? 'no member may fail now: appends would end' : `members that may fail now: ${tolerates}`;
  return [`leader since ${leaderSince}; ${may}`];
}

function deposedLine({ id, url }: { readonly id: string; readonly url: string }): string {
  return `deposed by ${id} at ${url}: it follows, and seeks to lead again once it is restarted`;
}

function waitingLine({ status: condition, waitingFor }: Health): string {
  const names = waitingFor.join(', ');
  return condition === 'degraded' ? `appends at w=all wait for ${names}; w=majority is answered` : `waiting for ${names}`;
}

/** Only the leader knows how the others are. */
async function asLeaderSees(url: string): Promise<Health> {
  const health = await healthOf(url);
  if (health.leader === null || health.leader.id === health.server_id) return health;
  try {
    return await healthAt(health.leader.url);
  } catch (error) {
    if (error instanceof CliError) return health;
    throw error;
  }
}

export function membersTable(members: readonly Member[], leaderId: string | undefined): string {
  return table([
    ['NAME', 'ROLE', 'STATE', 'HEALTH', 'END', 'LAG', 'LAG TIME', 'URL'],
    ...members.map((member) => [
      member.id,
      member.id === leaderId ? 'leader' : 'follower',
      member.state,
      known(member.health),
      known(member.durableEnd),
      known(member.lagEntries),
      known(member.lagMs, ' ms'),
      member.url,
    ]),
  ]);
}

function known(value: number | string | null, unit = ''): string {
  return value === null ? '-' : `${value}${unit}`;
}
