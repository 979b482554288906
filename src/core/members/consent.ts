/**
 * Whose consent makes a node a member, and what is said of one that has none: pure. Where nodes prove a secret, a node that
 * registers itself is fed, and counts only if somebody who runs the cluster named it (`ReplicaOptions.joins`).
 */

import { findMember } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { InstantMs, NodeId } from '../model/numbers.ts';
import type { Applicant, ListChange, Reached } from './list-change.ts';

/** A larger cluster is only slower, and each of its members takes part in every majority. */
export const consentedMembersMax = 9;

export interface NotCounting {
  readonly member: NodeId;
  readonly url: string;
  readonly reason: string;
}

export class Consent {
  readonly #named: readonly string[];
  readonly #patienceMs: number;
  /** When a node that nobody wants was first seen with the whole log; `undefined` once that was said. */
  readonly #waiting = new Map<NodeId, InstantMs | undefined>();
  /** Members whose storage is exchanged: they are out for a moment, and nobody has to want them a second time. */
  readonly #exchanged = new Set<NodeId>();

  /**
   * @param named - URLs of nodes that whoever runs the cluster wants
   * @param patienceMs - how long a node may not count before it is said: it may register under another address than the one
   *   that is named, and the leader has yet to find it there, too
   */
  constructor(named: readonly string[], patienceMs: number) {
    this.#named = named;
    this.#patienceMs = patienceMs;
  }

  isWanted({ id, url, otherUrls, isByHand }: Reached): boolean {
    return isByHand || [url, ...otherUrls].some((each) => this.#named.includes(each)) || this.#exchanged.has(id);
  }

  changed({ what, id }: ListChange): void {
    if (what === 'storage-out') this.#exchanged.add(id);
    else if (what === 'removed') this.#exchanged.delete(id);
  }

  /** Nodes that have the whole log and do not count, each once. */
  notCounting(reached: readonly Applicant[], list: MemberList, now: InstantMs): NotCounting[] {
    const said: NotCounting[] = [];
    for (const { id, url, isCaughtUp, isWanted } of reached) {
      const isFull = list.members.length >= consentedMembersMax;
      if (!isCaughtUp || findMember(list, id) !== undefined || (isWanted && !isFull)) continue;
      if (!this.#waiting.has(id)) this.#waiting.set(id, now);
      const since = this.#waiting.get(id);
      if (since === undefined || now - since < this.#patienceMs) continue;
      this.#waiting.set(id, undefined);
      const reason = isWanted
        ? `there are ${consentedMembersMax} members already`
        : 'neither named by SECONDARIES or NODES, nor registered by hand';
      said.push({ member: id, url, reason });
    }
    return said;
  }
}
