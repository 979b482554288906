/**
 * Whom a node would reach if it had to hold a poll. A follower needs no other follower until the leader is gone: what is
 * wrong with an address is found out by then, unless it looks before. So it says hello to all members now and then, and
 * tells whom it misses.
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
  /** It looks, and this is how long. */
  #until: InstantMs | undefined;
  readonly #reached = new Set<NodeId>();
  /** As of the last look; none before the first. */
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

  /** Whether it could win a poll without `leader`, who may be gone by then; of two nodes, with it: it is asked to hand over. */
  wouldSuffice(leader: NodeId | undefined): boolean {
    const members = this.#context.outline.list?.members ?? [];
    const gone = members.length > 2 ? leader : undefined;
    const there = members.filter(({ id }) => id === this.#context.options.id || (id !== gone && !this.#missing.includes(id)));
    return there.length >= majorityOf(members.length);
  }

  /** @param isFollowing - it hears from a leader, and is a member: else it has other reasons to dial */
  tick(isFollowing: boolean): void {
    const { now, options } = this.#context;
    if (!isFollowing) return this.#until === undefined ? undefined : this.#end();
    // The first look comes soon: what is wrong from the start is said at the start.
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

  /** The node dials for another reason now, which keeps the streams. */
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
