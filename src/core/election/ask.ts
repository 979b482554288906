/** Sends the question of a poll: which nodes are asked, and how often. */

import { electsLeaders } from '../model/features.ts';
import { instantMs } from '../model/numbers.ts';
import type { InstantMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Peer } from '../node/peers.ts';
import type { PollRound } from './poll.ts';

export class PollQuestion {
  readonly round: PollRound<Peer>;
  /** The poll has failed if it is not won by then. */
  readonly until: InstantMs;
  readonly #context: NodeContext;
  readonly #priority: number;
  readonly #askAgainMs: number;
  #askedAt: InstantMs;

  constructor(context: NodeContext, { round, priority }: { readonly round: PollRound<Peer>; readonly priority: number }) {
    this.round = round;
    this.#context = context;
    this.#priority = priority;
    const { heartbeatIntervalMs } = context.options;
    this.until = instantMs(context.now + 2 * heartbeatIntervalMs);
    this.#askAgainMs = heartbeatIntervalMs / 2;
    this.#askedAt = context.now;
  }

  ask(peer: Peer): void {
    // A node whose version has no elections, or that is configured without them, follows any leader.
    if (peer.stream === undefined || peer.hello?.features?.includes(electsLeaders) !== true) return;
    const { promises, outline, out } = this.#context;
    out.send(peer.stream, {
      kind: 'poll',
      epoch: promises.promisedEpoch,
      round: this.round.round,
      tip: outline.durableTip,
      priority: this.#priority,
    });
  }

  /** Nodes notice at different moments that the leader is gone: one that said no may only have been a little later. */
  askAgain(): void {
    const { now } = this.#context;
    if (now - this.#askedAt < this.#askAgainMs) return;
    this.#askedAt = now;
    for (const peer of this.round.refusers()) this.ask(peer);
  }
}
