/**
 * Requests to remove members, each waiting until the list without the member is committed. Which change is made next is
 * decided in member-changes.ts.
 *
 * A removal also waits if too few of the remaining members are well: neither it nor anything after it could be committed. For
 * example, while a member comes back with another storage, the list names a storage that no node has. If the leader were lost
 * then, no node could lead any more. (etcd refuses such a change at once, by `--strict-reconfig-check`.)
 */

import { findMember } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { InstantMs, NodeId, RequestId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Outbox } from '../node/outbox.ts';
import type { Followers } from './followers.ts';

interface Removal {
  readonly requestId: RequestId;
  readonly id: NodeId;
  readonly deadline: InstantMs;
}

interface LeaderState {
  /** The list in force, which may not be committed yet. */
  readonly list: MemberList;
  readonly followers: Followers;
}

export class Removals {
  readonly #context: NodeContext;
  readonly #out: Outbox;
  #pending: Removal[] = [];

  constructor(context: NodeContext) {
    this.#context = context;
    this.#out = context.out;
  }

  /** The members to remove, oldest request first, without this node: it hands over first, and the next leader removes it. */
  get ids(): NodeId[] {
    return this.#pending.map(({ id }) => id).filter((id) => id !== this.#context.options.id);
  }

  /** Whether this node is to be removed: then another one must lead first. */
  get isOwnWanted(): boolean {
    return this.#pending.some(({ id }) => id === this.#context.options.id);
  }

  request(removal: Removal, leader: LeaderState): void {
    const { requestId, id } = removal;
    const { options } = this.#context;
    const canHandOver = options.elections !== undefined && leader.list.members.length > 1;
    if (id === options.id && !canHandOver) this.#out.fail(requestId, 'leader-fixed', 'the leader cannot remove itself');
    else if (id === options.id || findMember(leader.list, id) !== undefined) this.#pending.push(removal);
    else if (leader.followers.refuseNamed(id)) this.#out.reply({ kind: 'removed', requestId });
    else this.#out.fail(requestId, 'not-found', `no member "${id}"`);
  }

  /** Called when this list is committed. */
  confirm(list: MemberList): void {
    this.#pending = this.#pending.filter(({ requestId, id }) => {
      const isOut = findMember(list, id) === undefined;
      if (isOut) this.#out.reply({ kind: 'removed', requestId });
      return !isOut;
    });
  }

  /** Fails every request whose deadline has passed, and says what held it up. */
  expire(now: InstantMs, { list, followers }: LeaderState): void {
    if (this.#pending.length === 0) return;
    for (const { requestId, id, deadline } of this.#pending) {
      if (deadline > now) continue;
      if (id === this.#context.options.id) this.#out.fail(requestId, 'leader-fixed', 'no other member could take over in time');
      else if (findMember(list, id) === undefined)
        this.#out.fail(requestId, 'removal-timeout', `no majority confirmed yet that ${id} is out`);
      else if (!followers.health.canSpare(id)) this.#out.fail(requestId, 'no-quorum', `without ${id} too few members would be well`);
      else this.#out.fail(requestId, 'removal-timeout', `the leader could not begin in time to take ${id} out`);
    }
    this.#pending = this.#pending.filter((removal) => removal.deadline > now);
  }

  /** The epoch ends: fails all requests, since this leader will learn no more about them. */
  failAll(): void {
    for (const { requestId, id } of this.#pending) {
      // Nothing was changed. The request can be sent to the next leader.
      if (id === this.#context.options.id) this.#out.fail(requestId, 'not-leader', `${id} handed over before it is taken out`);
      else this.#out.fail(requestId, 'removal-timeout', `the epoch ended before it was confirmed that ${id} is out`);
    }
    this.#pending = [];
  }
}
