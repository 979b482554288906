/** What `rlog status` prints. */

import type { Health, Member } from '../api/health.ts';
import { counted, list } from '../api/wording.ts';
import { bytesText, timeText } from './doctor/amounts.ts';
import type { NodeReport } from './doctor/report.ts';
import { whyNot } from './doctor/why-not.ts';
import { firstOffsetIn } from './health-json.ts';
import { inOrder } from './member-order.ts';
import { printable } from '../observe/printable.ts';
import { table } from './table.ts';

/** @param now - to say how long ago something was */
export function statusText(health: Health, nodes: readonly NodeReport[], now: number): string {
  const { ends, leader } = health;
  const firstOffset = firstOffsetIn(health);
  const lines = [
    `${health.status}: ${leader === null ? 'nobody leads' : `${leader.id} leads epoch ${leader.epoch}${sinceText(health, now)}`}`,
    `cluster ${health.cluster ?? 'none yet'}`,
    `${firstOffset === 0 ? 'log end' : `log begins at ${firstOffset}, end`} ${ends.logEnd}, durable ${ends.durableEnd}, committed ${ends.committedEnd}, visible ${ends.visibleEnd} (as ${health.server_id} sees it)`,
    ...toleranceLines(health),
  ];
  if (health.waitingFor.length > 0) lines.push(waitingLine(health));
  if (health.deposedBy !== null) lines.push(deposedLine(health.deposedBy));
  const remarks = nodes.flatMap((node) => remarksOn(node, health));
  return [...lines.map(printable), '', nodesTable(health, nodes), ...remarks.map(printable)].join('\n').trimEnd().concat('\n');
}

function sinceText({ leaderSince }: Partial<Health>, now: number): string {
  // An older node does not say it.
  if (typeof leaderSince !== 'string') return '';
  return ` since ${leaderSince} (${timeText(Math.max(0, now - Date.parse(leaderSince)))} ago)`;
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

/** @param nodes - what each of them says of itself */
function nodesTable({ members, leader }: Pick<Health, 'members' | 'leader'>, nodes: readonly NodeReport[]): string {
  const known = new Map(nodes.map((node) => [node.id, node.health]));
  return table([
    ['NAME', 'ROLE', 'STATE', 'HEALTH', 'END', 'LAG', 'LAG TIME', 'DISK FREE', 'VERSION', 'COULD LEAD', 'URL'],
    ...inOrder(members, leader?.id).map((member) => {
      const own = known.get(member.id);
      return [
        member.id,
        own?.role ?? roleOf(member, leader?.id),
        member.state,
        healthOfMember(member, own !== undefined),
        // Without a leader each node knows its own.
        text(member.durableEnd ?? own?.ends?.durableEnd),
        text(member.lagEntries),
        text(member.lagMs, timeText),
        diskText(own),
        text(own?.version),
        text(own?.electable, (can) => (can ? 'yes' : 'no')),
        member.url,
      ];
    }),
  ]);
}

/** `rlog members`: what the node that was asked knows of the others. */
export function membersTable(members: readonly Member[], leaderId: string | undefined): string {
  return table([
    ['NAME', 'ROLE', 'STATE', 'HEALTH', 'END', 'LAG', 'LAG TIME', 'URL'],
    ...inOrder(members, leaderId).map((member) => [
      member.id,
      roleOf(member, leaderId),
      member.state,
      text(member.health),
      text(member.durableEnd),
      text(member.lagEntries),
      text(member.lagMs, timeText),
      member.url,
    ]),
  ]);
}

function roleOf({ id }: Member, leaderId: string | undefined): string {
  return id === leaderId ? 'leader' : 'follower';
}

/** Without a leader nobody knows how the others are, but it was just seen who answers. */
function healthOfMember({ health }: Member, answers: boolean): string {
  if (health !== null) return answers ? health : `${health}, silent`;
  return answers ? 'answers' : 'silent';
}

function diskText(own: Partial<Health> | undefined): string {
  if (own?.canStore === false) return 'full';
  const disk = own?.disk;
  return disk === undefined || disk === null ? '-' : `${bytesText(disk.freeBytes)} of ${bytesText(disk.sizeBytes)}`;
}

function text<Value>(value: Value | null | undefined, shown: (value: Value) => string = String): string {
  return value === null || value === undefined ? '-' : shown(value);
}

function remarksOn({ id, health: own, silence }: NodeReport, { members, ends, leader }: Health): string[] {
  const member = members.find((each) => each.id === id);
  if (own === undefined) {
    const place = member?.durableEnd ?? null;
    const last = place === null || leader === null ? '' : `; ${leader.id} last heard that it has the log up to ${place} of ${ends.logEnd}`;
    return [`${id} does not answer (${silence ?? 'no answer'})${last}`];
  }
  const reasons = own.notElectable ?? [];
  return reasons.length === 0 ? [] : [`${id} could not lead: ${list(reasons.map((reason) => whyNot(reason, own)))}`];
}
