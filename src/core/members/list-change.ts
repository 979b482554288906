/**
 * Which change of members comes next: a pure decision, made by a leader whose marker and last list are committed.
 *
 * One change at a time. The storage of a node that lost it is swapped in two changes: if it were one, a promise of the old
 * storage and an acknowledgement of the new one could be in majorities that have no storage in common.
 */

import { isAt } from './founding.ts';
import { findMember, isSound, replaceMember, withMember, withoutMember, withRemoval } from '../model/members.ts';
import type { Member, MemberList } from '../model/members.ts';
import type { BatchNumber, NodeId, StorageId } from '../model/numbers.ts';

/** A node that the leader is connected to. */
export interface Reached {
  readonly id: NodeId;
  readonly storageId: StorageId;
  /** Where it was reached. */
  readonly url: string;
  /** Other addresses at which the same process was found. Their streams are not used. */
  readonly otherUrls: readonly string[];
  readonly isCaughtUp: boolean;
  /** Registered by hand: a `DELETE` of its name is undone. */
  readonly isByHand: boolean;
}

/** Of a node that the leader speaks with. */
export interface Applicant extends Reached {
  /** Whether somebody who may decide it wants it as a member. */
  readonly isWanted: boolean;
}

export interface ListChange {
  readonly what: 'added' | 'claimed' | 'moved' | 'removed' | 'storage-out';
  readonly id: NodeId;
  readonly list: MemberList;
}

export interface Situation {
  readonly list: MemberList;
  /** The number of the batch that will carry the change. */
  readonly since: BatchNumber;
  readonly self: { readonly id: NodeId; readonly storageId: StorageId; readonly url: string; readonly otherUrls: readonly string[] };
  /** Asked for by `DELETE`, oldest first. */
  readonly removals: readonly NodeId[];
  readonly reached: readonly Applicant[];
  /** How many members a node may be added to; without a limit if it is left out. */
  readonly membersMax?: number | undefined;
}

export function nextListChange(situation: Situation): ListChange | undefined {
  const change = removalAsked(situation) ?? ownStorage(situation);
  return change === undefined ? reachedNode(situation) : soundOnly(change);
}

/** Drops a change that would put a name or a storage into the list twice. */
function soundOnly(change: ListChange | undefined): ListChange | undefined {
  return change !== undefined && isSound(change.list) ? change : undefined;
}

function removalAsked({ list, removals }: Situation): ListChange | undefined {
  const id = removals.find((candidate) => findMember(list, candidate) !== undefined);
  return id === undefined ? undefined : { what: 'removed', id, list: withRemoval(list, id) };
}

/**
 * The leader's own place in the list. If it is blank, the list must name its new storage before it takes appends. If an
 * unclaimed member is at one of its addresses, the two become one.
 */
function ownStorage({ list, self, since }: Situation): ListChange | undefined {
  const member = findMember(list, self.id);
  const unclaimed = findUnclaimed(list, self);
  if (member?.storageId === self.storageId) {
    return unclaimed === undefined ? undefined : { what: 'claimed', id: self.id, list: withoutMember(list, unclaimed.id) };
  }
  if (member !== undefined && member.storageId !== null) {
    return { what: 'storage-out', id: self.id, list: withoutMember(list, self.id) };
  }
  return unclaimed === undefined ? added({ list, since, node: self }) : claimed({ list, unclaimed, node: self });
}

function reachedNode({ list, since, reached, membersMax = Infinity }: Situation): ListChange | undefined {
  for (const node of reached) {
    const change = soundOnly(changeFor(node, list, since));
    if (change?.what === 'added' && (!node.isWanted || list.members.length >= membersMax)) continue;
    if (change !== undefined) return change;
  }
  return undefined;
}

function changeFor(node: Reached, list: MemberList, since: BatchNumber): ListChange | undefined {
  const member = findMember(list, node.id);
  const unclaimed = findUnclaimed(list, node);
  if (member?.storageId === node.storageId) {
    if (member.url === node.url && unclaimed === undefined) return undefined;
    const moved = replaceMember(list, node.id, { ...member, url: node.url });
    // It registered with another address before it was reached at the configured one: the two members become one.
    if (unclaimed !== undefined) return { what: 'claimed', id: node.id, list: withoutMember(moved, unclaimed.id) };
    return { what: 'moved', id: node.id, list: moved };
  }
  if (member !== undefined && member.storageId !== null) {
    // With two members, nothing can be committed while one is blank, so it is no use to wait until it has caught up.
    if (!node.isCaughtUp && list.members.length > 2) return undefined;
    return { what: 'storage-out', id: node.id, list: withoutMember(list, node.id) };
  }
  if (unclaimed !== undefined) return claimed({ list, unclaimed, node });
  if (!node.isCaughtUp || (list.removed.includes(node.id) && !node.isByHand)) return undefined;
  return added({ list, since, node });
}

/** Whether it is a member, or has to follow to become the member that it stands for: one that lost its storage, or an unclaimed one. */
export function standsForMember(list: MemberList, node: Omit<Claimant, 'storageId'>): boolean {
  return findMember(list, node.id) !== undefined || findUnclaimed(list, node) !== undefined;
}

type Claimant = Pick<Reached, 'id' | 'storageId' | 'url' | 'otherUrls'>;

/** The unclaimed member that stands for this node, which had not been reached before. */
function findUnclaimed(list: MemberList, node: Omit<Claimant, 'storageId'>): Member | undefined {
  return list.members.find((candidate) => candidate.storageId === null && (candidate.id === node.id || isAt(node, candidate.url)));
}

/** The unclaimed member has counted all along, but no node could answer for it. So one change is enough. */
function claimed(parts: { readonly list: MemberList; readonly unclaimed: Member; readonly node: Claimant }): ListChange {
  const { list, unclaimed, node } = parts;
  const { id, storageId, url } = node;
  const removed = list.removed.filter((name) => name !== id);
  return { what: 'claimed', id, list: { ...replaceMember(list, unclaimed.id, { ...unclaimed, id, storageId, url }), removed } };
}

function added(parts: { readonly list: MemberList; readonly since: BatchNumber; readonly node: Claimant }): ListChange {
  const { id, storageId, url } = parts.node;
  return { what: 'added', id, list: withMember(parts.list, { id, storageId, url, since: parts.since }) };
}
