/** The health of the members as their leader sees it, and whether enough of them are well to commit anything. */

import { judgeHealth } from '../model/health.ts';
import type { Health } from '../model/health.ts';
import { majorityOf } from '../model/members.ts';
import type { Member, MemberList } from '../model/members.ts';
import type { Epoch, InstantMs, NodeId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer } from '../node/peers.ts';

interface MembersHealthParts {
  readonly context: NodeContext;
  readonly epoch: Epoch;
  readonly list: () => MemberList;
  /** The peer through which a member is reached, or was last reached. */
  readonly peerOf: (member: Member) => Peer | undefined;
  /** Whether the follower has room for batches, as far as it has reported. */
  readonly canStore: (peer: Peer) => boolean;
}

export class MembersHealth {
  readonly #parts: MembersHealthParts;
  readonly #beganAt: InstantMs;
  /** The health of each member when it was last judged. */
  readonly #noted = new Map<NodeId, Health>();
  #hadQuorum = true;

  constructor(parts: MembersHealthParts) {
    this.#parts = parts;
    this.#beganAt = parts.context.now;
  }

  /** Whether the members that are not unhealthy are a majority. */
  get hasQuorum(): boolean {
    const { members } = this.#parts.list();
    const present = members.filter((member) => this.of(member) !== 'unhealthy').length;
    return present >= majorityOf(members.length);
  }

  /** How many of the healthy members (this node is one) may fail before they are no longer a majority. */
  get tolerates(): number {
    return Math.max(0, this.#spare(this.#parts.list().members));
  }

  /** Whether the members without this one could commit anything: the healthy ones among them are a majority of them. */
  canSpare(id: NodeId): boolean {
    return this.#spare(this.#parts.list().members.filter((member) => member.id !== id)) >= 0;
  }

  /** How many of these members are healthy and connected beyond a majority of them; negative if too few are. */
  #spare(members: readonly Member[]): number {
    const well = members.filter((member) => this.of(member) === 'healthy' && this.#isThere(member)).length;
    return well - majorityOf(members.length);
  }

  /** Whether it is connected now, with the storage that the list names. A `healthy` member may have left within the last second. */
  #isThere(member: Member): boolean {
    const { context, peerOf } = this.#parts;
    return member.storageId !== null && (member.storageId === context.promises.storageId || peerOf(member)?.hello !== undefined);
  }

  get unhealthy(): NodeId[] {
    const { members } = this.#parts.list();
    return members.filter((member) => this.of(member) === 'unhealthy').map((member) => member.id);
  }

  of(member: Member): Health {
    const { context, peerOf, canStore } = this.#parts;
    const { options, now, promises } = context;
    if (member.id === options.id && member.storageId === promises.storageId) return 'healthy';
    const peer = peerOf(member);
    if (peer !== undefined && !canStore(peer)) return 'unhealthy';
    return judgeHealth(options.health, { now, lastHeard: peer?.lastHeard, since: this.#beganAt });
  }

  /** Logs what has changed since the last call. */
  judge(): void {
    const { context, epoch, list } = this.#parts;
    const { out } = context;
    for (const member of list().members) {
      const health = this.of(member);
      const before = this.#noted.get(member.id);
      if (before === health) continue;
      this.#noted.set(member.id, health);
      if (before === undefined) continue;
      out.emit(health === 'healthy' ? 'info' : 'warn', 'health.changed', { member: member.id, health, before });
    }
    const { hasQuorum } = this;
    if (hasQuorum === this.#hadQuorum) return;
    this.#hadQuorum = hasQuorum;
    if (hasQuorum) out.emit('info', 'quorum.regained', { epoch });
    else out.emit('error', 'quorum.lost', { epoch, unhealthy: this.unhealthy });
  }
}
