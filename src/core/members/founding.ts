/**
 * When a node may lead although no majority has its log: pure rules.
 *
 * Founding: no node that answers has a log, and a majority of {the master and its SECONDARIES} answers. Too few known
 * storages: all members answer, but those that still have the storage in the list are no majority (a cluster that keeps its
 * log in memory was restarted).
 */

import { findMember, majorityOf } from '../model/members.ts';
import type { Member, MemberList } from '../model/members.ts';
import { nodeId } from '../model/numbers.ts';
import type { BatchNumber, NodeId, StorageId } from '../model/numbers.ts';

/** A node that promised the epoch of the campaign, including the candidate itself. */
export interface Promiser {
  readonly id: NodeId;
  readonly storageId: StorageId;
  /** Where it was reached. */
  readonly url: string;
  /** Other addresses at which the same process was found. Their streams are not used. */
  readonly otherUrls: readonly string[];
}

/** The name of a member whose address alone is known: its `host:port`. */
export function unclaimedId(url: string): NodeId {
  return nodeId(new URL(url).host);
}

/** Whether the blank nodes that answer are enough to found a cluster. */
export function canFound(parts: {
  readonly secondaries: readonly string[];
  readonly promisers: readonly Promiser[];
  /** All nodes must answer: with elections, a node that does not answer may have a log, and lead. */
  readonly areAllNeeded?: boolean;
}): boolean {
  const reached = new Set(parts.promisers.map((answer) => answer.url));
  const reachedSecondaries = parts.secondaries.filter((url) => reached.has(url));
  const count = 1 + parts.secondaries.length;
  return 1 + reachedSecondaries.length >= (parts.areAllNeeded === true ? count : majorityOf(count));
}

/** The first list: the founder, then the named nodes, of which those that did not answer are unclaimed. */
export function foundingList(parts: {
  readonly founder: NodeId;
  readonly secondaries: readonly string[];
  readonly promisers: readonly Promiser[];
  readonly since: BatchNumber;
}): MemberList {
  const members: Member[] = [];
  const { since } = parts;
  for (const answer of parts.promisers) {
    if (answer.id !== parts.founder || members.length > 0) continue;
    members.push({ id: answer.id, storageId: answer.storageId, url: answer.url, since });
  }
  for (const url of parts.secondaries) {
    const answer = parts.promisers.find((promiser) => promiser.url === url);
    const isFree = answer !== undefined && !members.some(({ id, storageId }) => id === answer.id || storageId === answer.storageId);
    members.push(
      isFree ? { id: answer.id, storageId: answer.storageId, url, since } : { id: unclaimedId(url), storageId: null, url, since },
    );
  }
  return { members, removed: [], founder: parts.founder };
}

/** The members that answer with the storage that the list names, each once, however often it answers. */
export function knownStorages(list: MemberList, promisers: readonly Promiser[]): Member[] {
  return list.members.filter((member) => promisers.some((answer) => answer.id === member.id && answer.storageId === member.storageId));
}

function answerFor(member: Member, promisers: readonly Promiser[]): Promiser | undefined {
  return promisers.find((answer) => answer.id === member.id || (member.storageId === null && isAt(answer, member.url)));
}

/** Whether the node was found at this address. */
export function isAt(node: Pick<Promiser, 'url' | 'otherUrls'>, url: string): boolean {
  return node.url === url || node.otherUrls.includes(url);
}

/** Whether all members answer, but those that still have the storage in the list are no majority. */
export function canRecoverWithoutQuorum(list: MemberList, promisers: readonly Promiser[]): boolean {
  if (knownStorages(list, promisers).length >= majorityOf(list.members.length)) return false;
  return list.members.every((member) => answerFor(member, promisers) !== undefined);
}

/**
 * The same names, with the storages that answered. An unclaimed address at which a member was found is that member: the node
 * had registered under its own name before the leader reached it at the configured address.
 */
export function rebuiltList(list: MemberList, promisers: readonly Promiser[], since: BatchNumber): MemberList {
  const members: Member[] = [];
  for (const member of list.members) {
    const answer = answerFor(member, promisers);
    if (answer === undefined || answer.storageId === member.storageId) members.push(member);
    else if (answer.id === member.id) members.push({ ...member, storageId: answer.storageId, since });
    else if (findMember(list, answer.id) === undefined && !members.some(({ id }) => id === answer.id)) {
      members.push({ ...member, id: answer.id, storageId: answer.storageId, since });
    }
  }
  return { ...list, members };
}
