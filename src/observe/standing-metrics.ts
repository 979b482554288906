/** Metrics of a node's state: its role, its leader, its log, and the members as it knows them. */

import type { Health } from '../core/model/health.ts';
import { conditionOf } from '../core/status.ts';
import type { MemberStatus } from '../core/status.ts';
import type { Gauges } from './gauges.ts';

const healths: readonly Health[] = ['healthy', 'suspected', 'unhealthy'];

export function declareStanding(declare: Gauges, { version }: { readonly version: string }): void {
  declare.perLabel(
    {
      name: 'rlog_node_info',
      help: 'Always 1: the name of this node, its version and its cluster',
      labelNames: ['node', 'version', 'cluster'],
    },
    (status) => [{ labels: { node: status.id, version, cluster: status.clusterId ?? '' }, value: 1 }],
  );
  declare.fromStatus('rlog_epoch', 'The highest epoch that this node has promised', (status) => status.epoch);
  declare.fromStatus('rlog_is_leader', '1 while this node leads', (status) => Number(status.role === 'leader'));
  declare.fromStatus('rlog_is_writable', '1 while this node would not refuse appends at once', (status) =>
    Number(status.refusal === undefined),
  );
  declare.fromStatus(
    'rlog_is_degraded',
    '1 while this node leads and takes appends, but those with w=all wait for an unhealthy member',
    (status) => Number(conditionOf(status) === 'degraded'),
  );
  declare.perLabel(
    {
      name: 'rlog_leader_epoch',
      help: 'The epoch of the leader that this node knows; absent while it knows of none',
      labelNames: ['leader'],
    },
    ({ leader }) => (leader === undefined ? [] : [{ labels: { leader: leader.id }, value: leader.epoch }]),
  );
  declare.fromStatus(
    'rlog_is_electable',
    '1 while this node could become the leader: it is a member, its disk has room and answers, and it reaches enough other members',
    (status) => Number(status.isElectable),
  );
  declare.perLabel(
    {
      name: 'rlog_failures_tolerated',
      help: 'How many members may fail now without stopping appends; absent on a node that does not lead',
      labelNames: [],
    },
    ({ tolerates }) => (tolerates === undefined ? [] : [{ labels: {}, value: tolerates }]),
  );
  declare.fromStatus('rlog_first_offset', 'The first entry that is kept, as far as this node knows', (status) => status.firstOffset);
  declare.fromStatus('rlog_base_offset', 'The offset at which the log on the disk of this node begins', (status) => status.baseOffset);
  declare.fromStatus(
    'rlog_retention_held',
    'On the leader, whether nothing goes for its age because its clock is not near those of a majority: 1 or 0',
    (status) => Number(status.isRetentionHeld),
  );
  declare.fromStatus('rlog_log_end', 'One past the last entry in the log of this node', (status) => status.logEnd);
  declare.fromStatus('rlog_durable_end', 'One past the last entry that this node has flushed', (status) => status.durableEnd);
  declare.fromStatus('rlog_committed_end', 'One past the last entry that this node knows to be committed', (status) => status.committedEnd);
  declare.fromStatus('rlog_visible_end', 'One past the last entry that a default read of this node sees', (status) => status.visibleEnd);
  declare.fromStatus(
    'rlog_log_dated_ahead_seconds',
    "How far the timestamp of the last batch is ahead of this node's wall clock; timestamps stand still until the clock has caught up",
    (status) => status.datedAheadMs / 1000,
  );
  declare.fromStatus(
    'rlog_clock_doubted_seconds',
    "How far the leader's wall clock is ahead of the time by which it dates batches (negative: behind); 0 below a minute, and on other nodes",
    (status) => status.clockDoubtedMs / 1000,
  );
  declare.fromStatus(
    'rlog_clock_spread_seconds',
    'How far apart the wall clocks of the members are, as the leader hears them; 0 on a node that does not lead',
    (status) => status.clockSpreadMs / 1000,
  );
  declare.fromStatus('rlog_members', 'Members in the list in force', ({ members }) => members.filter(isListed).length);
  declare.fromStatus(
    'rlog_members_healthy',
    'Members that the leader has heard from recently; 0 on a node that does not lead',
    ({ members }) => members.filter((member) => member.health === 'healthy').length,
  );
  declare.fromStatus(
    'rlog_members_joining',
    'Nodes that receive the log from the leader but do not count yet; 0 on a node that does not lead',
    ({ members }) => members.filter((member) => !isListed(member)).length,
  );
  declare.perLabel(
    {
      name: 'rlog_member_health',
      help: '1 for the health of this member as the leader sees it, 0 for the other values; absent on a node that does not lead',
      labelNames: ['member', 'health'],
    },
    ({ members }) =>
      members
        .filter((member) => member.health !== undefined)
        .flatMap((member) => healths.map((health) => ({ labels: { member: member.id, health }, value: Number(member.health === health) }))),
  );
}

export function declareElections(declare: Gauges, { leaderlessMs }: { readonly leaderlessMs: () => number }): void {
  declare.gauge(
    'rlog_leaderless_seconds',
    'For how long this node has known of no leader; 0 while it knows of one',
    () => leaderlessMs() / 1000,
  );
  declare.perLabel(
    {
      name: 'rlog_quorum_confirmed_age_seconds',
      help: 'On an elected leader: age of the last heartbeat that a majority answered; it resigns at twice the election timeout',
      labelNames: [],
    },
    ({ quorumAgeMs }) => (quorumAgeMs === undefined ? [] : [{ labels: {}, value: quorumAgeMs / 1000 }]),
  );
  declare.countsFromStatus(
    {
      name: 'rlog_polls_total',
      help: 'Polls that this node held, by result: won, lost, or deferred to a node that should lead instead',
      labelNames: ['result'],
    },
    ({ election }) => new Map(Object.entries(election?.polls ?? {})),
  );
}

/** The member counts, and is not just joining. */
function isListed({ state }: MemberStatus): boolean {
  return state !== 'joining';
}
