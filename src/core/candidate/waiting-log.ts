/** Logs what a candidate waits for. */

import type { InstantMs } from '../model/numbers.ts';
import type { NodeContext } from '../node/context.ts';

export class WaitingLog {
  readonly #context: NodeContext;
  #logged = '';

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** Once per reason and set of names, and not before the others have had time to answer. */
  emit(what: {
    readonly why: string;
    readonly waitingFor: readonly string[];
    /** When the campaign began. */
    readonly since: InstantMs | undefined;
    readonly facts: Readonly<Record<string, unknown>>;
  }): void {
    const { now, options, out } = this.#context;
    const { why, waitingFor, since, facts } = what;
    if (now - (since ?? now) < options.heartbeatIntervalMs) return;
    const logged = `${why}: ${waitingFor.join()}`;
    if (logged === this.#logged) return;
    this.#logged = logged;
    out.emit('info', 'campaign.waiting', { why, waitingFor, ...facts });
  }
}
