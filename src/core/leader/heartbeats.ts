/** When the leader sends heartbeats, and whether a majority answers them. */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Followers } from './followers.ts';
import { alwaysConfirmed, QuorumWatch } from './quorum-watch.ts';

/** How soon followers, which serve `committed` reads, hear of a commit when nothing else is sent to them. */
const commitHeartbeatMs = 20;

export class Heartbeats {
  readonly #context: NodeContext;
  readonly #followers: Followers;
  readonly #quorum: typeof alwaysConfirmed;
  #nextAt: InstantMs;

  constructor(context: NodeContext, followers: Followers) {
    const { options, now } = context;
    this.#context = context;
    this.#followers = followers;
    this.#nextAt = now;
    this.#quorum = options.elections === undefined ? alwaysConfirmed : new QuorumWatch(options.elections.timeoutMs, now);
  }

  /** It was elected, and no majority has answered for so long that another node may soon be elected. */
  get isSuspended(): boolean {
    return this.#quorum.isSuspended(this.#context.now);
  }

  /** How long ago the newest heartbeat that a majority answered was sent; `undefined` without elections. */
  get quorumAgeMs(): number | undefined {
    return this.#quorum.ageMs(this.#context.now);
  }

  /** Why it should resign: no majority has answered for so long that the nodes that still hear from it should elect another. */
  get whyOver(): string | undefined {
    return this.#quorum.isOver(this.#context.now) ? 'no majority answered' : undefined;
  }

  tick(): void {
    if (this.#context.now >= this.#nextAt) this.send();
  }

  send(): void {
    const { outline, now, options } = this.#context;
    this.#nextAt = instantMs(now + options.heartbeatIntervalMs);
    this.#followers.heartbeat(outline.committedEnd);
    this.#quorum.sent(this.#followers.heartbeatSequence, now);
    // If this node is the only member, it is the majority.
    this.answered();
  }

  /** More is committed than the others know. */
  soon(): void {
    this.#nextAt = instantMs(Math.min(this.#nextAt, this.#context.now + commitHeartbeatMs));
  }

  answered(): void {
    this.#quorum.confirmed(this.#followers.confirmedSequence);
  }
}
