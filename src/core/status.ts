/** What a node can tell of itself and, if it leads, of the others. */

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

export interface MemberStatus {
  readonly id: NodeId;
  readonly url: string;
  /** `unclaimed`: counts, but was never reached; `joining`: is fed, but does not count yet. */
  readonly state: 'member' | 'unclaimed' | 'joining';
  /** Known to a leader only. */
  readonly health: Health | undefined;
  /** Of a node that is away, as of when the leader heard it last; `undefined` if this leader never did. */
  readonly durableEnd: Offset | undefined;
  readonly lagEntries: number | undefined;
  /**
   * How long the oldest of them has been waiting for it; 0 for a node that has all. For a node that is away: from the
   * oldest of them to the newest, so that it does not grow while the log stands still.
   */
  readonly lagMs: number | undefined;
}

export interface ReplicaStatus {
  readonly id: NodeId;
  readonly role: Role;
  readonly clusterId: ClusterId | null;
  readonly storageId: StorageId;
  /** The highest that this node promised. */
  readonly epoch: Epoch;
  readonly leader: LeaderHint | undefined;
  /** Who led a higher epoch, and so ended this node's. */
  readonly deposedBy: LeaderHint | undefined;
  readonly logEnd: Offset;
  readonly durableEnd: Offset;
  readonly committedEnd: Offset;
  /** Up to where a default read sees. */
  readonly visibleEnd: Offset;
  /** It leads, the first batch of its epoch is committed, and a majority answered it a moment ago. */
  readonly isConfirmed: boolean;
  /** On a leader that was elected: how old the heartbeat is that a majority answered last. */
  readonly quorumAgeMs: number | undefined;
  /** It could come to lead: a member, with room on a disk that answers, that reaches enough others. */
  readonly isElectable: boolean;
  /** On a leader: how many members may fail now before appends end. */
  readonly tolerates: number | undefined;
  /** `undefined` where a coordinator names the leader. */
  readonly election: ElectionStatus | undefined;
  /** Why appends would be refused now; `undefined` if they would not. */
  readonly refusal: 'no-leader' | 'no-quorum' | 'no-room' | 'shutting-down' | undefined;
  /** Names or addresses that a candidate waits for; members that a leader misses: for its majority, or for `w=all`. */
  readonly waitingFor: readonly string[];
  readonly members: readonly MemberStatus[];
  readonly waitingAppends: number;
  readonly canStore: boolean;
  /** What there is too little of to store anything; `undefined` if it can. */
  readonly lacks: Shortage | undefined;
  /** What its disk has not answered for too long. */
  readonly stall: Stall | undefined;
  /** By how much the last batch is dated ahead of this node's wall clock. */
  readonly datedAheadMs: number;
  /** On a leader: how far its clock is ahead of what it dates with (negative: behind), if that is a minute or more. */
  readonly clockDoubtedMs: number;
  /** On a leader: how far the wall clocks of the members that it heard are apart. */
  readonly clockSpreadMs: number;
}

export type Condition = 'healthy' | 'degraded' | 'read-only';

/** `degraded`: appends are taken, and those at `w=all` wait for somebody. */
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
  const role = leader !== undefined ? 'leader' : candidate !== undefined ? 'candidate' : 'follower';
  return {
    id: options.id,
    role,
    clusterId: context.clusterId,
    storageId: promises.storageId,
    epoch: promises.promisedEpoch,
    leader: roles.hint,
    deposedBy: roles.deposedBy,
    logEnd: outline.end.offset,
    durableEnd: outline.durable.offset,
    ...ends,
    isConfirmed: leader?.isMarkerCommitted === true && !leader.isSuspended,
    quorumAgeMs: leader?.heartbeats.quorumAgeMs,
    // Before the first batch of the epoch is on a majority, the loss of the leader alone may end all, as in a founding.
    tolerates: leader?.isMarkerCommitted === false ? 0 : leader?.followers.health.tolerates,
    election: election?.status(),
    isElectable: context.isListed && room.lacking === undefined && disk.stall === undefined && election?.reachesEnough !== false,
    refusal: refusalOf(parts),
    waitingFor: candidate?.waitingFor ?? leader?.followers.health.unhealthy ?? election?.missingForMajority ?? [],
    members: memberStatuses(context, leader),
    waitingAppends: admission.waitingAppends(roles),
    canStore: room.lacking === undefined,
    lacks: room.lacking,
    stall: disk.stall,
    datedAheadMs: dates.aheadMs,
    clockDoubtedMs: dates.doubtedMs,
    clockSpreadMs: dates.spreadMs,
  };
}

function refusalOf({ context, roles, admission, election }: Parts): ReplicaStatus['refusal'] {
  const { leader } = roles;
  if (admission.isStopping) return 'shutting-down';
  if (roles.isSeekingOrLeading && context.room.lacking !== undefined) return 'no-room';
  if (leader === undefined) {
    if (roles.hint !== undefined) return undefined;
    return election?.missingForMajority === undefined ? 'no-leader' : 'no-quorum';
  }
  if (!leader.followers.hasQuorum) return 'no-quorum';
  return context.isListed ? undefined : 'no-leader';
}

const unknownPlace = { durableEnd: undefined, lagEntries: undefined, lagMs: undefined };

/** The list in force, with what this node knows of each. */
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
