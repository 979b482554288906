/** What a node reports about itself and, if it leads, about the others. */

import type { Health } from './model/health.ts';
import type { Election, ElectionStatus } from './election/election.ts';
import type { Leader } from './leader/leader.ts';
import { isMember } from './model/members.ts';
import type { LeaderHint } from './model/messages.ts';
import type { NodeContext } from './node/context.ts';
import type { Shortage } from './model/shortage.ts';
import type { ClusterId, Epoch, NodeId, Offset, StorageId } from './model/numbers.ts';
import type { Stall, StalledDisk } from './node/stalled-disk.ts';
import type { Admission } from './admission.ts';
import type { LogDates } from './leader/log-dates.ts';
import type { Roles } from './roles.ts';

type Role = 'leader' | 'candidate' | 'follower';
/** `unreachable-members`: at its last check it reached too few of the others to be elected. */
type NotElectable = 'not-a-member' | 'no-room' | 'disk-stalled' | 'unreachable-members';

export interface MemberStatus {
  readonly id: NodeId;
  readonly url: string;
  /** `unclaimed`: a member that was never reached; `joining`: it is fed, but does not count yet. */
  readonly state: 'member' | 'unclaimed' | 'joining';
  /** Only a leader knows it. */
  readonly health: Health | undefined;
  /** If the node is away, the value when the leader last heard from it; `undefined` if this leader never did. */
  readonly durableEnd: Offset | undefined;
  readonly lagEntries: number | undefined;
  /**
   * How long the oldest entry that it lacks has been waiting for it; 0 for a node that has all. For a node that is away, the time
   * from the oldest to the newest entry that it lacks, so that it does not grow while the log stands still.
   */
  readonly lagMs: number | undefined;
}

export interface ReplicaStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly clusterId: ClusterId | null;
  readonly storageId: StorageId;
  /** The highest epoch that this node promised. */
  readonly epoch: Epoch;
  readonly leader: LeaderHint | undefined;
  /** The leader of the higher epoch that deposed this node. */
  readonly deposedBy: LeaderHint | undefined;
  /** The first entry that stays: those before it were trimmed. */
  readonly firstOffset: Offset;
  /** Where this node's own log begins on its disk: at or before the first entry that stays. */
  readonly baseOffset: Offset;
  readonly logEnd: Offset;
  readonly durableEnd: Offset;
  readonly committedEnd: Offset;
  /** How far a default read sees. */
  readonly visibleEnd: Offset;
  /** It leads, the first batch of its epoch is committed, and a majority answered it a moment ago. */
  readonly isConfirmed: boolean;
  /** On an elected leader: how long ago the newest heartbeat that a majority answered was sent. */
  readonly quorumAgeMs: number | undefined;
  /** It could come to lead: it is a member with room, its disk responds, and it reaches enough others. */
  readonly isElectable: boolean;
  /** Why it could not; empty if it could. */
  readonly notElectable: readonly NotElectable[];
  /** On a leader: how many members may fail now before no append can be committed. */
  readonly tolerates: number | undefined;
  /** `undefined` if a coordinator names the leader. */
  readonly election: ElectionStatus | undefined;
  /** Why appends would be refused now; `undefined` if they would not. */
  readonly refusal: 'no-leader' | 'no-quorum' | 'no-room' | 'shutting-down' | undefined;
  /** The names or addresses that a candidate waits for; or the members that a leader lacks, for its majority or for `w=all`. */
  readonly waitingFor: readonly string[];
  readonly members: readonly MemberStatus[];
  readonly waitingAppends: number;
  readonly canStore: boolean;
  /** What there is too little of to store batches; `undefined` if it can store. */
  readonly lacks: Shortage | undefined;
  /** What its disk has not finished for too long. */
  readonly stall: Stall | undefined;
  /** How far the date of the last batch is ahead of this node's wall clock. */
  readonly datedAheadMs: number;
  /** On a leader: how far its clock is ahead of the dates that it gives (negative: behind), if that is a minute or more. */
  readonly clockDoubtedMs: number;
  /** On a leader: how far apart the wall clocks of the members that it has heard are. */
  readonly clockSpreadMs: number;
  /** On a leader: entries should go for their age, and do not, because its clock is not near those of a majority. */
  readonly isRetentionHeld: boolean;
}

export type Condition = 'healthy' | 'degraded' | 'read-only';

/** `degraded`: appends are accepted, but those at `w=all` wait for a member. */
export function conditionOf({ refusal, waitingFor }: Pick<ReplicaStatus, 'refusal' | 'waitingFor'>): Condition {
  if (refusal !== undefined) return 'read-only';
  return waitingFor.length > 0 ? 'degraded' : 'healthy';
}

interface Parts {
  readonly context: NodeContext;
  readonly roles: Pick<Roles, 'leader' | 'candidate' | 'hint' | 'deposedBy' | 'isSeekingOrLeading'>;
  readonly admission: Admission;
  readonly disk: StalledDisk;
  readonly dates: LogDates;
  readonly election: Election | undefined;
  readonly ends: Pick<ReplicaStatus, 'visibleEnd' | 'committedEnd'>;
}

export function replicaStatus(parts: Parts): ReplicaStatus {
  const { context, roles, admission, disk, dates, election, ends } = parts;
  const { options, outline, promises, room } = context;
  const { leader, candidate } = roles;
  const notElectable = whyNotElectable(parts);
  const role = leader !== undefined ? 'leader' : candidate !== undefined ? 'candidate' : 'follower';
  return {
    id: options.id,
    role,
    clusterId: context.clusterId,
    storageId: promises.storageId,
    epoch: promises.promisedEpoch,
    leader: roles.hint,
    deposedBy: roles.deposedBy,
    firstOffset: outline.controls.firstOffset,
    baseOffset: outline.base.offset,
    logEnd: outline.end.offset,
    durableEnd: outline.durable.offset,
    ...ends,
    isConfirmed: confirmedEpoch(leader) !== undefined,
    quorumAgeMs: leader?.heartbeats.quorumAgeMs,
    // Until a majority has the first batch of the epoch, the loss of the leader alone may stop the cluster, as in a founding.
    tolerates: leader?.isMarkerCommitted === false ? 0 : leader?.followers.health.tolerates,
    election: election?.status(),
    isElectable: notElectable.length === 0,
    notElectable,
    refusal: refusalOf(parts),
    waitingFor: candidate?.waitingFor ?? leader?.followers.health.unhealthy ?? election?.missingForMajority ?? [],
    members: memberStatuses(context, leader),
    waitingAppends: admission.waitingAppends(roles),
    canStore: room.short === undefined,
    lacks: room.short,
    stall: disk.stall,
    datedAheadMs: dates.aheadMs,
    clockDoubtedMs: dates.doubtedMs,
    clockSpreadMs: dates.spreadMs,
    isRetentionHeld: leader?.decisions.retaining.isHeldByClock === true,
  };
}

/** The epoch that it leads with certainty: the first batch is committed, and a majority answered a moment ago. */
export function confirmedEpoch(leader: Leader | undefined): Epoch | undefined {
  return leader?.isMarkerCommitted === true && !leader.isSuspended ? leader.epoch : undefined;
}

function whyNotElectable({ context, disk, election }: Parts): NotElectable[] {
  const reasons: NotElectable[] = [];
  if (!context.isListed) reasons.push('not-a-member');
  if (context.room.lacking !== undefined) reasons.push('no-room');
  if (disk.stall !== undefined) reasons.push('disk-stalled');
  if (election?.reachesEnough === false) reasons.push('unreachable-members');
  return reasons;
}

function refusalOf({ context, roles, admission, election }: Parts): ReplicaStatus['refusal'] {
  const { leader } = roles;
  if (admission.isStopping) return 'shutting-down';
  if (roles.isSeekingOrLeading && context.room.short !== undefined) return 'no-room';
  if (leader === undefined) {
    if (roles.hint !== undefined) return undefined;
    return election?.missingForMajority === undefined ? 'no-leader' : 'no-quorum';
  }
  if (!leader.followers.health.hasQuorum) return 'no-quorum';
  return context.isListed ? undefined : 'no-leader';
}

const unknownPlace = { durableEnd: undefined, lagEntries: undefined, lagMs: undefined };

/** The list in force, with what this node knows about each member, and the nodes that are joining. */
function memberStatuses(context: NodeContext, leader: Leader | undefined): MemberStatus[] {
  const { outline, options, promises } = context;
  const { list } = outline;
  const statuses: MemberStatus[] = [];
  for (const member of list?.members ?? []) {
    const isSelf = member.id === options.id && member.storageId === promises.storageId;
    const { id, url } = member;
    const state = member.storageId === null ? 'unclaimed' : 'member';
    if (isSelf) {
      const health = leader === undefined ? undefined : leader.followers.health.of(member);
      statuses.push({ id, url, state, health, durableEnd: outline.durable.offset, lagEntries: leader && 0, lagMs: leader && 0 });
    } else if (leader === undefined) {
      statuses.push({ id, url, state, health: undefined, ...unknownPlace });
    } else {
      const place = leader.followers.lags.of(leader.followers.peerOf(member), member.storageId);
      statuses.push({ id, url, state, health: leader.followers.health.of(member), ...(place ?? unknownPlace) });
    }
  }
  for (const peer of leader?.followers.joining ?? []) {
    if (peer.hello === undefined || (list !== undefined && isMember(list, peer.hello))) continue;
    const { id, storageId } = peer.hello;
    const place = leader?.followers.lags.of(peer, storageId);
    statuses.push({ id, url: peer.url, state: 'joining', health: undefined, ...(place ?? unknownPlace) });
  }
  return statuses;
}
