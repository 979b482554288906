/**
 * Removals of members that were asked for and whose askers wait: for the list without the member to be committed. Which
 * one is carried out next is in list-change.ts.
 */

import { findMember } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { InstantMs, NodeId, RequestId } from '../model/numbers.ts';
import type { Outbox } from '../node/outbox.ts';

interface Removal {
  readonly requestId: RequestId;
  readonly id: NodeId;
  readonly deadline: InstantMs;
}

export class Removals {
  readonly #out: Outbox;
  #pending: Removal[] = [];

  constructor(out: Outbox) {
    this.#out = out;
  }

  /** Who is to be removed, oldest first. */
  get ids(): NodeId[] {
    return this.#pending.map((removal) => removal.id);
  }

  add(removal: Removal): void {
    this.#pending.push(removal);
  }

  /** This list is committed. */
  confirm(list: MemberList): void {
    this.#pending = this.#pending.filter(({ requestId, id }) => {
      const isOut = findMember(list, id) === undefined;
      if (isOut) this.#out.reply({ kind: 'removed', requestId });
      return !isOut;
    });
  }

  /** Answers `unknown` to everybody whose time is over. */
  expire(now: InstantMs): void {
    if (this.#pending.length === 0) return;
    for (const { requestId, id, deadline } of this.#pending) {
      if (deadline <= now) this.#out.fail(requestId, 'removal-timeout', `no majority confirmed yet that ${id} is out`);
    }
    this.#pending = this.#pending.filter((removal) => removal.deadline > now);
  }

  /** The epoch ends: nobody will be told more. */
  failAll(): void {
    for (const { requestId, id } of this.#pending) {
      this.#out.fail(requestId, 'removal-timeout', `the epoch ended before it was confirmed that ${id} is out`);
    }
    this.#pending = [];
  }
}
