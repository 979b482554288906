/** Whether the members are well, as their leader hears them, and whether enough of them are to commit anything. */

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
  /** Where a member is spoken with, or was. */
  readonly peerOf: (member: Member) => Peer | undefined;
  /** Whether that follower has room for batches, as far as it said. */
  readonly canStore: (peer: Peer) => boolean;
}

export class MembersHealth {
  readonly #parts: MembersHealthParts;
  readonly #beganAt: InstantMs;
  /** What was noted last of each member. */
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

  /** How many of the members that are well, of which this node is one, may fail before they are no majority. */
  get tolerates(): number {
    const { members } = this.#parts.list();
    const well = members.filter((member) => member.storageId !== null && this.of(member) === 'healthy').length;
    return Math.max(0, well - majorityOf(members.length));
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

  /** Notes what changed since the last time. */
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
