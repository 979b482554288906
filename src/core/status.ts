/** What a node can tell of itself and, if it leads, of the others. */

import type { Health } from './health.ts';
import type { Leader } from './leader.ts';
import { isMember } from './members.ts';
import type { LeaderHint } from './messages.ts';
import type { NodeContext } from './node.ts';
import type { ClusterId, Epoch, NodeId, Offset, StorageId } from './numbers.ts';

export type Role = 'leader' | 'candidate' | 'follower';

export interface MemberStatus {
  readonly id: NodeId;
  readonly url: string;
  /** `unclaimed`: counts, but was never reached; `joining`: is fed, but does not count yet. */
  readonly state: 'member' | 'unclaimed' | 'joining';
  /** Known to a leader only. */
  readonly health: Health | undefined;
  readonly durableEnd: Offset | undefined;
  readonly lagEntries: number | undefined;
  /** How long the oldest of them has been waiting for it; 0 for a node that has all. */
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
  /** Names or addresses that a candidate waits for, or that a leader misses for its majority. */
  readonly waitingFor: readonly string[];
  readonly members: readonly MemberStatus[];
  readonly waitingAppends: number;
  readonly canStore: boolean;
}

/** The list in force, with what this node knows of each. */
export function memberStatuses(context: NodeContext, leader: Leader | undefined): MemberStatus[] {
  const { outline, options, book, now } = context;
  const { list } = outline;
  const statuses: MemberStatus[] = [];
  for (const member of list?.members ?? []) {
    const isSelf = member.id === options.id && member.storageId === book.storageId;
    const { id, url } = member;
    const state = member.storageId === null ? 'unclaimed' : 'member';
    if (isSelf) {
      const health = leader === undefined ? undefined : leader.followers.healthOf(member);
      statuses.push({ id, url, state, health, durableEnd: outline.durable.offset, lagEntries: leader && 0, lagMs: leader && 0 });
    } else if (leader === undefined) {
      statuses.push({ id, url, state, health: undefined, durableEnd: undefined, lagEntries: undefined, lagMs: undefined });
    } else {
      const peer = leader.followers.peerOf(member);
      statuses.push({ id, url, state, health: leader.followers.healthOf(member), ...lagOf(peer) });
    }
  }
  for (const peer of leader?.followers.joining ?? []) {
    if (peer.hello === undefined || (list !== undefined && isMember(list, peer.hello))) continue;
    statuses.push({ id: peer.hello.id, url: peer.url, state: 'joining', health: undefined, ...lagOf(peer) });
  }
  return statuses;

  function lagOf(peer: ReturnType<Leader['followers']['peerOf']>): Pick<MemberStatus, 'durableEnd' | 'lagEntries' | 'lagMs'> {
    const progress = peer === undefined ? undefined : leader?.followers.progressOf(peer);
    const durableEnd = progress?.durableEnd === undefined ? undefined : progress.durableOffset;
    const lagEntries = durableEnd === undefined ? undefined : Math.max(0, outline.end.offset - durableEnd);
    const since = progress?.waitingSince ?? peer?.lastHeard;
    const lagMs = lagEntries === 0 ? 0 : since === undefined ? undefined : Math.round(now - since);
    return { durableEnd, lagEntries, lagMs };
  }
}
