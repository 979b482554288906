/**
 * Which members a node would reach if it had to hold a poll. A follower does not need the other followers until the leader is
 * gone, and would notice a wrong address only then. So it says hello to all members from time to time, and logs which ones it
 * could not reach.
 */

import { isMember, majorityOf } from '../model/members.ts';
import { instantMs } from '../model/numbers.ts';
import type { InstantMs, NodeId } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer, Peers } from '../node/peers.ts';

const intervalMs = 30_000;

export class Reach {
  readonly #context: NodeContext;
  readonly #peers: Peers;
  #nextAt: InstantMs | undefined;
  /** A check is in progress, and ends then at the latest. */
  #until: InstantMs | undefined;
  readonly #reached = new Set<NodeId>();
  /** As of the last check; empty before the first. */
  #missing: readonly NodeId[] = [];

  constructor(context: NodeContext, peers: Peers) {
    this.#context = context;
    this.#peers = peers;
  }

  get isLooking(): boolean {
    return this.#until !== undefined;
  }

  /** Members that did not answer. */
  get missing(): readonly NodeId[] {
    return this.#missing;
  }

  /**
   * Whether it could win a poll without `leader`, which may be gone by then. In a cluster of two it needs the leader, so this
   * tells whether the leader could hand over to it.
   */
  wouldSuffice(leader: NodeId | undefined): boolean {
    const members = this.#context.outline.list?.members ?? [];
    const gone = members.length > 2 ? leader : undefined;
    const there = members.filter(({ id }) => id === this.#context.options.id || (id !== gone && !this.#missing.includes(id)));
    return there.length >= majorityOf(members.length);
  }

  /** @param isFollowing - it is a member and hears from a leader; otherwise it has other reasons to dial */
  tick(isFollowing: boolean): void {
    const { now, options } = this.#context;
    if (!isFollowing) return this.#until === undefined ? undefined : this.#end();
    // The first check comes soon, so that a wrong configuration is logged soon after the start.
    this.#nextAt ??= instantMs(now + options.health.unhealthyAfterMs * (1 + options.random()));
    if (this.#until === undefined && now >= this.#nextAt) {
      this.#until = instantMs(now + options.health.unhealthyAfterMs);
      this.#nextAt = instantMs(now + intervalMs);
      this.#reached.clear();
    } else if (this.#until !== undefined && now >= this.#until) this.#judge();
  }

  greeted({ hello }: Peer): void {
    if (this.#until === undefined || hello === undefined) return;
    const { list } = this.#context.outline;
    if (list === undefined || !isMember(list, hello)) return;
    this.#reached.add(hello.id);
    if (this.#others.every((id) => this.#reached.has(id))) this.#judge();
  }

  /** The node now dials for another reason, so the streams stay open. */
  stop(): void {
    this.#until = undefined;
  }

  get #others(): readonly NodeId[] {
    const { outline, options } = this.#context;
    return (outline.list?.members ?? []).map(({ id }) => id).filter((id) => id !== options.id);
  }

  #judge(): void {
    const before = this.#missing.join();
    this.#missing = this.#others.filter((id) => !this.#reached.has(id));
    const { out } = this.#context;
    if (this.#missing.join() !== before) {
      if (this.#missing.length > 0) out.emit('warn', 'election.unreachable', { missing: this.#missing });
      else out.emit('info', 'election.reachable');
    }
    this.#end();
  }

  #end(): void {
    this.#until = undefined;
    this.#peers.closeAll();
  }
}
