/** When and where a node that hears from no leader registers: repeatedly, with back-off. */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs } from '../model/numbers.ts';
import { backoffMs } from '../node/context.ts';
import type { NodeContext } from '../node/context.ts';

const backoff = { baseMs: 50, capMs: 1000 };

export class RegistrationTimer {
  readonly #context: NodeContext;
  #attempts = 0;
  #dueAt: InstantMs = instantMs(0);

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** The leader's stream was lost. The leader may dial again by itself, so this node waits a moment. */
  leaderLost(): void {
    const { now, options } = this.#context;
    this.#dueAt = instantMs(now + options.heartbeatIntervalMs * options.random());
  }

  /** This node hears from a leader. */
  reset(): void {
    this.#attempts = 0;
  }

  tick(): void {
    const { now, options, out } = this.#context;
    const members = this.#members;
    if ((!options.hasMasterUrl && members.length === 0) || now < this.#dueAt) return;
    out.register(members);
    this.#dueAt = instantMs(now + backoffMs(this.#attempts, backoff, options.random));
    this.#attempts += 1;
  }

  /** With a fixed master none, because only the master is asked; otherwise any member may be the leader, or know it. */
  get #members(): readonly string[] {
    const { outline, options } = this.#context;
    if (options.elections === undefined) return [];
    return (outline.list?.members ?? []).filter(({ id }) => id !== options.id).map(({ url }) => url);
  }
}
