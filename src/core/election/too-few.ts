/** Whether too few members answer a node's polls for any node to come to lead: then it refuses appends at once. */

import { majorityOf } from '../model/members.ts';
import type { MemberList } from '../model/members.ts';
import type { InstantMs, NodeId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';

export class TooFew {
  readonly #context: NodeContext;
  /** Since when no leader has been heard, and which members did not answer the last poll. */
  #missed: { readonly since: InstantMs; readonly ids: readonly NodeId[] } | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** A poll failed. @param answered - names of the nodes that answered, whatever they said */
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

  /** A node leads, or campaigns. */
  clear(): void {
    this.#missed = undefined;
  }

  /** The members that did not answer, once this has lasted as long as a silent member takes to become unhealthy. */
  get missing(): readonly NodeId[] | undefined {
    const { now, options } = this.#context;
    if (this.#missed === undefined || now - this.#missed.since < options.health.unhealthyAfterMs) return undefined;
    return this.#missed.ids;
  }
}
