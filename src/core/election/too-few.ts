/** Whether so few members answer the polls of a node that nobody can come to lead: then appends are refused at once. */

import { majorityOf } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { InstantMs, NodeId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';

export class TooFew {
  readonly #context: NodeContext;
  /** Since when nobody was heard that leads, and who did not answer the last poll. */
  #missed: { readonly since: InstantMs; readonly ids: readonly NodeId[] } | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** A poll came to nothing. @param answered - names of those who said anything */
  polled({
    list,
    answered,
    leaderlessSince,
  }: {
    readonly list: MemberList | undefined;
    readonly answered: readonly string[];
    readonly leaderlessSince: InstantMs;
  }): void {
    const members = list?.members ?? [];
    const there = new Set([this.#context.options.id, ...answered]);
    const ids = members.map(({ id }) => id).filter((id) => !there.has(id));
    const isEnough = members.length - ids.length >= majorityOf(members.length);
    this.#missed = isEnough ? undefined : { since: this.#missed?.since ?? leaderlessSince, ids };
  }

  /** Somebody leads, or seeks to with the promises of a majority. */
  clear(): void {
    this.#missed = undefined;
  }

  /** Whom a majority lacks, once that has been so for as long as a member is silent before it is unhealthy. */
  get missing(): readonly NodeId[] | undefined {
    const { now, options } = this.#context;
    if (this.#missed === undefined || now - this.#missed.since < options.health.unhealthyAfterMs) return undefined;
    return this.#missed.ids;
  }
}
