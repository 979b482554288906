/** When the leader says that it is there, and what the answers say of its majority. */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';
import type { Followers } from './followers.ts';
import { alwaysConfirmed, QuorumWatch } from './quorum-watch.ts';

/** How soon followers that serve `committed` reads hear of a commit when nothing else is sent to them. */
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

  /** Elected, and without a word from the majority for so long that soon another node may be. */
  get isSuspended(): boolean {
    return this.#quorum.isSuspended(this.#context.now);
  }

  /** Of what a majority answered last; `undefined` where nobody would be elected for its age. */
  get quorumAgeMs(): number | undefined {
    return this.#quorum.ageMs(this.#context.now);
  }

  /** The same for so long that those who still hear from this leader are to elect another. */
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
    // Of a list of one, this node is the majority.
    this.answered();
  }

  /** More of the list is committed than the others know. */
  soon(): void {
    this.#nextAt = instantMs(Math.min(this.#nextAt, this.#context.now + commitHeartbeatMs));
  }

  answered(): void {
    this.#quorum.confirmed(this.#followers.confirmedSequence);
  }
}
