/** What a node can tell of itself and, if it leads, of the others. */

import type { Health } from './model/health.ts';
import type { Leader } from './leader/leader.ts';
import { isMember } from './model/members.ts';
import type { LeaderHint } from './model/messages.ts';
import type { NodeContext } from './node/context.ts';
import type { Shortage } from './model/shortage.ts';
import type { ClusterId, Epoch, NodeId, Offset, StorageId } from './model/numbers.ts';
import type { Stall } from './node/stalled-disk.ts';

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
}

export type Condition = 'healthy' | 'degraded' | 'read-only';

/** `degraded`: appends are taken, and those at `w=all` wait for somebody. */
export function conditionOf({ refusal, waitingFor }: Pick<ReplicaStatus, 'refusal' | 'waitingFor'>): Condition {
  if (refusal !== undefined) return 'read-only';
  return waitingFor.length > 0 ? 'degraded' : 'healthy';
}

const unknownPlace = { durableEnd: undefined, lagEntries: undefined, lagMs: undefined };

/** The list in force, with what this node knows of each. */
export function memberStatuses(context: NodeContext, leader: Leader | undefined): MemberStatus[] {
  const { outline, options, book } = context;
  const { list } = outline;
  const statuses: MemberStatus[] = [];
  for (const member of list?.members ?? []) {
    const isSelf = member.id === options.id && member.storageId === book.storageId;
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
