/** Findings about single nodes: whether they answer, their versions, clocks, disks and how far behind they are. */

import { list } from '../../api/wording.ts';
import { bytesText, timeText } from './amounts.ts';
import type { Finding } from './finding.ts';
import type { ClusterReport, NodeReport } from './report.ts';

/** As in the alert RlogDiskNearlyFull. */
const freeShareMin = 0.15;
/** Two clocks are compared by dates with whole seconds, so less cannot be told. */
const clockDiffersMs = 5000;
/** From here on nothing goes for its age, and dates may be wrong. */
const clockWrongMs = 60_000;
/** As in the alert RlogFollowerBehind. */
const behindMs = 60_000;

export function nodeFindings(report: ClusterReport): Finding[] {
  return [
    ...silent(report),
    ...unclaimed(report),
    ...versions(report),
    ...clocks(report),
    ...report.nodes.flatMap(disk),
    ...behind(report),
  ];
}

function silent({ nodes, health }: ClusterReport): Finding[] {
  const canRemove = health.status !== 'read-only';
  return nodes.flatMap(({ id, health: own, silence, instead }): Finding[] => {
    const member = health.members.find((each) => each.id === id);
    // That another node answers in its place is said elsewhere.
    if (own !== undefined || instead !== undefined || member?.state === 'unclaimed') return [];
    const isHeard = member?.health === 'healthy';
    const sentence = isHeard
      ? `${id} follows its leader, and does not answer requests (${silence ?? ''})`
      : `${id} does not answer (${silence ?? ''})`;
    const remedy = isHeard
      ? 'check its address and the firewall before it: clients and commands do not reach it either'
      : `start it again with its folder; if it is gone for good, ${canRemove ? `"rlog members remove ${id}"` : 'read first what that takes without a leader'}`;
    return [{ code: 'node-silent', level: 'wrong', sentence, remedy, see: canRemove ? 'one-node-is-down' : 'a-node-is-gone-for-good' }];
  });
}

function unclaimed({ health }: ClusterReport): Finding[] {
  return health.members
    .filter(({ state }) => state === 'unclaimed')
    .map(({ id, url }) => ({
      code: 'never-reached',
      level: 'wrong',
      sentence: `${id} counts as a member, and was never reached at ${url}`,
      remedy: `start it there, or "rlog members remove ${id}"`,
      see: 'one-node-is-down',
    }));
}

function versions({ nodes }: ClusterReport): Finding[] {
  const by = new Map<string, string[]>();
  for (const { id, health } of nodes) if (health?.version !== undefined) by.set(health.version, [...(by.get(health.version) ?? []), id]);
  if (by.size < 2) return [];
  const each = [...by].map(([version, ids]) => `${list(ids)} ${ids.length === 1 ? 'has' : 'have'} ${version}`);
  return [
    {
      code: 'versions-differ',
      level: 'risk',
      sentence: `the versions of the nodes differ: ${each.join('; ')}`,
      remedy: 'finish the upgrade: what is new works once every node has it',
      see: 'upgrade',
    },
  ];
}

function clocks({ nodes, health }: ClusterReport): Finding[] {
  const findings: Finding[] = [];
  const known = nodes.flatMap(({ id, clockAheadMs }) => (clockAheadMs === undefined ? [] : [{ id, ms: clockAheadMs }]));
  const middle = medianOf(known.map(({ ms }) => ms));
  const off = known.map(({ id, ms }) => ({ id, ms: ms - middle })).filter(({ ms }) => Math.abs(ms) >= clockDiffersMs);
  const remedy = 'synchronize the clocks of all machines with one source (NTP)';
  if (off.length > 0) {
    // Of two nobody knows which one is right.
    const sentence =
      known.length === 2
        ? `the clocks of ${list(known.map(({ id }) => id))} are ${timeText(Math.abs((known[0]?.ms ?? 0) - (known[1]?.ms ?? 0)))} apart`
        : list(off.map(({ id, ms }) => `the clock of ${id} is ${timeText(Math.abs(ms))} ${ms > 0 ? 'ahead of' : 'behind'} the others`));
    const isWrong = off.some(({ ms }) => Math.abs(ms) >= clockWrongMs);
    findings.push({ code: 'clocks-differ', level: isWrong ? 'wrong' : 'risk', sentence, remedy, see: 'a-wrong-clock' });
  }
  const { datedAheadMs = 0, isRetentionHeld, node } = health;
  if (datedAheadMs >= clockWrongMs) {
    const sentence = `the log is dated ${timeText(datedAheadMs)} ahead of the clock of ${node}: its timestamps stand still until the clock has caught up`;
    findings.push({ code: 'dated-ahead', level: 'risk', sentence, remedy, see: 'a-wrong-clock' });
  }
  if (isRetentionHeld === true) {
    const sentence = `nothing goes for its age: the clock of ${node}, which leads, is not near those of a majority, and the disks fill up`;
    findings.push({
      code: 'retention-held',
      level: 'wrong',
      sentence,
      remedy: `${remedy}; the retention goes on by itself`,
      see: 'a-wrong-clock',
    });
  }
  return findings;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return (low + high) / 2;
}

function disk({ id, health }: NodeReport): Finding[] {
  if (health === undefined) return [];
  const { diskStalled, canStore, disk: use } = health;
  if (diskStalled !== undefined && diskStalled !== null) {
    const sentence = `the disk of ${id} has not finished a ${diskStalled.what} for ${timeText(diskStalled.ms)}`;
    const remedy = 'look at that disk; if it does not come back, kill the process: the others hold everything that was acknowledged';
    return [{ code: 'disk-stalled', level: 'wrong', sentence, remedy, see: 'a-slow-disk-or-one-that-hangs' }];
  }
  if (canStore === false) {
    const free = use === undefined || use === null ? '' : ` (${bytesText(use.freeBytes)} of ${bytesText(use.sizeBytes)} are free)`;
    const sentence = `${id} has no room to store entries${free}`;
    const remedy = 'keep less ("rlog retention set", "rlog trim"), delete what else is on that disk, or enlarge it; it goes on by itself';
    return [{ code: 'disk-full', level: 'wrong', sentence, remedy, see: 'a-full-disk' }];
  }
  if (use === undefined || use === null || use.freeBytes >= use.sizeBytes * freeShareMin) return [];
  const share = Math.floor((use.freeBytes / use.sizeBytes) * 100);
  const sentence = `the disk of ${id} has only ${bytesText(use.freeBytes)} free, ${share} % of it`;
  const remedy = 'set a retention, or enlarge the disk, before it is full';
  return [{ code: 'disk-nearly-full', level: 'risk', sentence, remedy, see: 'a-full-disk' }];
}

function behind({ health }: ClusterReport): Finding[] {
  return health.members.flatMap(({ id, health: seen, lagMs, lagEntries }): Finding[] => {
    if (seen !== 'healthy' || (lagMs ?? 0) < behindMs) return [];
    const sentence = `${id} is ${lagEntries ?? 0} entries and ${timeText(lagMs ?? 0)} behind the leader`;
    return [
      {
        code: 'node-behind',
        level: 'risk',
        sentence,
        remedy: 'compare its disk and its network with those of the others',
        see: 'a-node-that-is-behind',
      },
    ];
  });
}
