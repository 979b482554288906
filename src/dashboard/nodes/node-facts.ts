/** What is known of a node, as names and values for people. For a node that is gone: what it said last. */

import { agoText, timeText } from '../data/clock.ts';
import { firstKept } from '../data/first-kept.ts';
import { bytes, count, duration, entries } from '../data/numbers.ts';
import { retentionText } from './retention-text.ts';
import type { ClusterView, NodeView } from '../data/types.ts';
import type { DiskBytes, Health } from '../../api/health.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Ids and addresses, which are compared letter by letter. */
  readonly isCode?: true;
  readonly tone?: 'warn' | 'bad';
}

/** @param now - in ms since 1970 */
export function factsOf(node: NodeView, { leader }: Pick<ClusterView, 'leader'>, now: number): readonly Fact[] {
  const { health, url } = node;
  return [
    { name: 'Last contact', ...contact(node, now) },
    { name: 'Address', value: url, isCode: true },
    ...(health === undefined
      ? []
      : [...standing(node, health), ...placeOf(node, health, leader), ...keptOf(node, health, now), ...machine(health, now)]),
  ];
}

function contact({ isReachable, heardAt, goneReason }: NodeView, now: number): Omit<Fact, 'name'> {
  if (isReachable) return { value: 'now' };
  const when = heardAt === undefined ? 'never, from this page' : `${timeText(heardAt, now)}, ${agoText(heardAt, now)}`;
  return { value: goneReason === undefined ? when : `${when}: ${goneReason}`, tone: 'bad' };
}

const roles = { leader: 'leader', follower: 'follower', candidate: 'candidate' } as const;

function standing({ member }: NodeView, { role, epoch, leader, electable, election }: Health): readonly Fact[] {
  const state = member === undefined ? [] : [{ name: 'Member', value: memberText(member) }];
  return [
    { name: 'Role', value: role === 'follower' && leader !== null ? `follows ${leader.id}` : roles[role] },
    { name: 'Epoch', value: count(epoch) },
    ...state,
    ...((election ?? null) === null ? [] : [{ name: 'Can lead', value: electable ? 'yes' : 'no' }]),
  ];
}

function memberText({ state, health }: NonNullable<NodeView['member']>): string {
  if (state === 'joining') return 'not yet: joining';
  if (state === 'unclaimed') return 'yes, but never reached';
  return health === null ? 'yes' : `yes, ${health}`;
}

function placeOf(node: NodeView, health: Health, leader: NodeView | undefined): readonly Fact[] {
  const { ends } = health;
  const held = node.heldEnd ?? ends.durableEnd;
  const behind = Math.max(0, (leader?.health?.ends.durableEnd ?? 0) - held);
  return [
    { name: 'Has', value: `${entries(held)}${behind === 0 ? '' : `, ${count(behind)} behind`}`, ...(behind > 0 && { tone: 'warn' }) },
    { name: 'Committed', value: entries(ends.committedEnd) },
  ];
}

/** Where its log begins, and what the cluster keeps. */
function keptOf(node: NodeView, health: Health, now: number): readonly Fact[] {
  const kept = firstKept(node);
  const held = node.heldEnd ?? health.ends.durableEnd;
  // A node of an earlier version does not say it.
  const { oldestAt, retention }: Partial<Health> = health;
  const oldest = (oldestAt ?? null) === null ? [] : [{ name: 'Oldest entry', value: ageText(Date.parse(oldestAt ?? ''), now) }];
  return [
    ...(kept === 0 ? [] : [{ name: 'Kept', value: `from offset ${count(kept)} on, ${entries(Math.max(0, held - kept))}` }]),
    ...oldest,
    ...(retention === undefined ? [] : [{ name: 'Retention', value: retentionText(retention) }]),
  ];
}

function ageText(at: number, now: number): string {
  return `${timeText(at, now)}, ${agoText(at, now)}`;
}

function onDisk({ logBytes, indexBytes, checkpointBytes, cutBytes }: Partial<DiskBytes>): string {
  // A node of an earlier version tells of its segments only.
  const others = [
    { what: 'indexes', size: indexBytes ?? 0 },
    { what: 'checkpoint', size: checkpointBytes ?? 0 },
    { what: 'cut off', size: cutBytes ?? 0 },
  ];
  return [bytes(logBytes ?? 0), ...others.filter(({ size }) => size > 0).map(({ what, size }) => `${what} ${bytes(size)}`)].join(', ');
}

function machine(health: Health, now: number): readonly Fact[] {
  // A node of an earlier version does not say all of it.
  const { disk, diskStalled, canStore, startedAt, version, storage, cluster }: Partial<Health> = health;
  const stalled =
    (diskStalled ?? null) === null ? [] : [{ name: 'Disk stalled', value: `no answer for ${duration(diskStalled?.ms ?? 0)}` }];
  return [
    ...(disk === undefined || disk === null
      ? []
      : [
          { name: 'Log on disk', value: onDisk(disk) },
          { name: 'Disk free', value: `${bytes(disk.freeBytes)} of ${bytes(disk.sizeBytes)}` },
        ]),
    ...(!(canStore ?? true) ? [{ name: 'Disk', value: 'full: it cannot store anything', tone: 'bad' as const }] : []),
    ...stalled.map((fact) => ({ ...fact, tone: 'bad' as const })),
    ...(startedAt === undefined ? [] : [{ name: 'Running since', value: ageText(Date.parse(startedAt), now) }]),
    { name: 'Version', value: version ?? 'not known' },
    { name: 'Storage id', value: storage ?? 'not known', isCode: true },
    { name: 'Cluster id', value: cluster ?? 'none yet', isCode: true },
  ];
}
