/**
 * Which change of members the leader makes next, and whose consent it takes: where nodes prove a secret, one that registers
 * itself is fed, and counts only if somebody who runs the cluster named it (`ReplicaOptions.joins`).
 */

import { findMember } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { NodeId } from '../model/numbers.ts';
import { nextListChange } from '../members/list-change.ts';
import type { Applicant, ListChange, Reached } from '../members/list-change.ts';
import type { NodeContext } from '../node/context.ts';
import type { Followers } from './followers.ts';

/** A larger cluster is only slower, and each of its members takes part in every majority. */
const consentedMembersMax = 9;

interface Standing {
  /** In force, which may not be committed yet. */
  readonly list: MemberList;
  readonly followers: Followers;
  /** To be removed, oldest request first. */
  readonly removals: readonly NodeId[];
}

export class MemberChanges {
  readonly #context: NodeContext;
  /** Nodes of which it was said that they wait for somebody's consent. */
  readonly #said = new Set<NodeId>();
  /** Members whose storage is exchanged: they are out for a moment, and nobody has to want them a second time. */
  readonly #exchanged = new Set<NodeId>();

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** The change that comes next, if there is one to make. */
  next({ list, followers, removals }: Standing): ListChange | undefined {
    const { options, promises, outline } = this.#context;
    const needsConsent = options.joins === 'wanted';
    const reached = [...followers.reached()].map((node): Applicant => ({ ...node, isWanted: !needsConsent || this.#isWanted(node) }));
    const change = nextListChange({
      list,
      since: outline.end.number,
      self: { id: options.id, storageId: promises.storageId, url: options.url, otherUrls: followers.ownOtherUrls },
      removals: removals.filter((id) => followers.health.canSpare(id)),
      reached,
      membersMax: needsConsent ? consentedMembersMax : undefined,
    });
    if (change?.what === 'storage-out') this.#exchanged.add(change.id);
    else if (change?.what === 'removed') this.#exchanged.delete(change.id);
    if (needsConsent) for (const node of reached) this.#sayIfUnwanted(node, list);
    return change;
  }

  #isWanted({ id, url, isByHand }: Reached): boolean {
    return isByHand || this.#context.options.secondaries.includes(url) || this.#exchanged.has(id);
  }

  #sayIfUnwanted({ id, url, isCaughtUp, isWanted }: Applicant, list: MemberList): void {
    if (!isCaughtUp || findMember(list, id) !== undefined || this.#said.has(id)) return;
    if (isWanted && list.members.length < consentedMembersMax) return;
    this.#said.add(id);
    const reason = isWanted
      ? `there are ${consentedMembersMax} members already`
      : 'neither named by SECONDARIES or NODES, nor registered by hand';
    this.#context.out.emit('warn', 'member.does-not-count', { member: id, url, reason });
  }
}
