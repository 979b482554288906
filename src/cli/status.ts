/** `rlog status` */

import type { Health, Member } from '../api/health.ts';
import { counted } from '../api/wording.ts';
import { exitCodes } from './exit-codes.ts';
import { inOrder } from './member-order.ts';
import { healthOf } from './any-node.ts';
import { asLeaderSees, firstOffsetIn } from './health-json.ts';
import { table } from './table.ts';
import { everyMsOf, watch } from './watch.ts';
import { printable } from '../observe/printable.ts';

interface StatusOptions {
  readonly url: string;
  readonly json?: boolean;
  /** Whether `degraded` is a failure as well. */
  readonly strict?: boolean;
  /** Repeat, after this many seconds. */
  readonly watch?: string | true;
}

/** The exit code is `rejected` if appends would be refused. @throws CliError */
export async function status(options: StatusOptions): Promise<void> {
  if (options.watch !== undefined)
    return watch(() => textOf(options), { everyMs: everyMsOf(options.watch), isJson: options.json === true });
  process.stdout.write(await textOf(options));
}

/** Also sets the exit code. */
async function textOf({ url, json, strict }: StatusOptions): Promise<string> {
  const health = await asLeaderSees(await healthOf(url));
  const isFailure = health.status === 'read-only' || (strict === true && health.status !== 'healthy');
  process.exitCode = isFailure ? exitCodes.rejected : exitCodes.done;
  return json === true ? `${printable(JSON.stringify(health))}\n` : shown(health);
}

function shown(health: Health): string {
  const { ends, leader } = health;
  const firstOffset = firstOffsetIn(health);
  // An older node does not say it.
  const { leaderSince }: Partial<Health> = health;
  const led =
    leader === null
      ? 'nobody leads'
      : `${leader.id} leads epoch ${leader.epoch}${typeof leaderSince !== 'string' ? '' : ` since ${leaderSince}`}`;
  const lines = [
    `${health.status}: ${led}`,
    `cluster ${health.cluster ?? 'none yet'}`,
    `${firstOffset === 0 ? 'log end' : `log begins at ${firstOffset}, end`} ${ends.logEnd}, durable ${ends.durableEnd}, committed ${ends.committedEnd}, visible ${ends.visibleEnd} (as ${health.server_id} sees it)`,
    ...toleranceLines(health),
  ];
  if (health.waitingFor.length > 0) lines.push(waitingLine(health));
  if (health.deposedBy !== null) lines.push(deposedLine(health.deposedBy));
  return `${lines.map(printable).join('\n')}\n\n${membersTable(health.members, leader?.id)}`;
}

/** Only a leader knows this, and an older version does not report it. */
function toleranceLines({ tolerates, status: condition }: Partial<Health>): string[] {
  if (typeof tolerates !== 'number' || condition === 'read-only') return [];
  if (tolerates === 0) return ['no member may fail now: appends would be refused'];
  return [`${counted(tolerates, 'member')} may fail before appends are refused`];
}

function deposedLine({ id, url }: { readonly id: string; readonly url: string }): string {
  return `deposed by ${id} at ${url}: it follows now; restart it to have it lead again`;
}

function waitingLine({ status: condition, waitingFor }: Health): string {
  const names = waitingFor.join(', ');
  return condition === 'degraded' ? `w=all waits for ${names}; w=majority works` : `appends are refused; waiting for ${names}`;
}

export function membersTable(members: readonly Member[], leaderId: string | undefined): string {
  return table([
    ['NAME', 'ROLE', 'STATE', 'HEALTH', 'END', 'LAG', 'LAG TIME', 'URL'],
    ...inOrder(members, leaderId).map((member) => [
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
