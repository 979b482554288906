/**
 * The member list and its possible changes, one at a time (Raft's single-server change: dissertation, section 4.1). Any
 * majority of a list and any majority of the list after one change have at least one storage in common.
 */

import { assert } from './assert.ts';
import type { BatchNumber, NodeId, StorageId } from './numbers.ts';

export interface Member {
  readonly id: NodeId;
  /** `null` until a node is reached there ("unclaimed"): it is counted in the number of members, but no node can answer for it. */
  readonly storageId: StorageId | null;
  readonly url: string;
  /** The number of the batch that added it: `all` asks it only for what was appended since then. */
  readonly since: BatchNumber;
}

/** Invariant: ids are unique, storage ids that are not `null` too; no id is both a member and removed. */
export interface MemberList {
  readonly members: readonly Member[];
  /** Ids that `DELETE` removed. They stay out until they are registered by hand. */
  readonly removed: readonly NodeId[];
  /** The node that founded this cluster. */
  readonly founder: NodeId;
}

/** Whether no name and no storage is in the list twice, since it would count twice, and no removed name is in it. */
export function isSound(list: MemberList): boolean {
  const ids = new Set(list.members.map((member) => member.id));
  const storageIds = list.members.flatMap((member) => member.storageId ?? []);
  const areUnique = ids.size === list.members.length && new Set(storageIds).size === storageIds.length;
  return areUnique && !list.removed.some((id) => ids.has(id));
}

/** Ends the process if a list is not sound: that is a mistake of ours. */
export function assertMemberList(list: MemberList): void {
  assert(isSound(list), 'ids and storage ids of members are unique, and no id is both a member and removed');
}

export function majorityOf(memberCount: number): number {
  return Math.floor(memberCount / 2) + 1;
}

export function findMember(list: MemberList, id: NodeId): Member | undefined {
  return list.members.find((member) => member.id === id);
}

/** Whether the list names both the node and its storage: only then does a promise or an acknowledgement count. */
export function isMember(list: MemberList, identity: { readonly id: NodeId; readonly storageId: StorageId }): boolean {
  return list.members.some((member) => member.id === identity.id && member.storageId === identity.storageId);
}

export function withMember(list: MemberList, member: Member): MemberList {
  return {
    ...list,
    members: [...list.members, member],
    removed: list.removed.filter((id) => id !== member.id),
  };
}

export function withoutMember(list: MemberList, id: NodeId): MemberList {
  return { ...list, members: list.members.filter((member) => member.id !== id) };
}

export function replaceMember(list: MemberList, id: NodeId, member: Member): MemberList {
  return { ...list, members: list.members.map((existing) => (existing.id === id ? member : existing)) };
}

export function withRemoval(list: MemberList, id: NodeId): MemberList {
  return { ...withoutMember(list, id), removed: [...list.removed.filter((removed) => removed !== id), id] };
}
