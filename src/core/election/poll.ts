/** The answers to one poll of this node, and its result: pure. */

import { canRecoverWithoutQuorum, knownStorages } from '../members/founding.ts';
import type { Promiser } from '../members/founding.ts';
import { isMember, majorityOf } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { PollAnswer } from '../model/messages.ts';
import { comparePlaces } from '../model/place.ts';
import type { Place } from '../model/place.ts';

/** `won`: enough members would have this node lead; `ahead`: they would too, but `peer` should lead instead. */
export type PollResult<P> = { readonly kind: 'open' } | { readonly kind: 'won' } | { readonly kind: 'ahead'; readonly peer: P };

interface Answer<P> {
  readonly peer: P;
  readonly node: Promiser;
  readonly answer: PollAnswer;
}

export class PollRound<P> {
  readonly round: number;
  readonly #answers = new Map<P, Answer<P>>();

  constructor(round: number) {
    this.round = round;
  }

  /** An answer to an earlier poll does not count. */
  count(peer: P, node: Promiser, answer: PollAnswer): void {
    if (answer.round === this.round) this.#answers.set(peer, { peer, node, answer });
  }

  lost(peer: P): void {
    this.#answers.delete(peer);
  }

  refusers(): P[] {
    return [...this.#answers.values()].filter(({ answer }) => answer.refusal !== null).map(({ peer }) => peer);
  }

  /** What each node answered, by name: `null` if it would have this node lead. */
  refusals(): Readonly<Record<string, PollAnswer['refusal']>> {
    return Object.fromEntries([...this.#answers.values()].map(({ node, answer }) => [node.id, answer.refusal]));
  }

  /** @param own - the node that holds the poll, which is a member */
  result(
    own: Promiser & { readonly tip: Place; readonly priority: number },
    { list, mayRecoverWithoutQuorum }: { readonly list: MemberList; readonly mayRecoverWithoutQuorum: boolean },
  ): PollResult<P> {
    const free = [...this.#answers.values()].filter(({ answer }) => answer.refusal === null);
    const nodes = [own, ...free.map(({ node }) => node)];
    const isMajority = knownStorages(list, nodes).length >= majorityOf(list.members.length);
    if (!isMajority && !(mayRecoverWithoutQuorum && canRecoverWithoutQuorum(list, nodes))) return { kind: 'open' };
    let best: { readonly tip: Place; readonly priority: number; readonly peer: P | undefined } = { ...own, peer: undefined };
    for (const { peer, node, answer } of free) {
      if (!answer.canLead || !isMember(list, node)) continue;
      const byLog = comparePlaces(answer.tip, best.tip);
      const isBetter = byLog > 0 || (byLog === 0 && answer.priority > best.priority);
      if (isBetter) best = { tip: answer.tip, priority: answer.priority, peer };
    }
    return best.peer === undefined ? { kind: 'won' } : { kind: 'ahead', peer: best.peer };
  }
}
