/**
 * Whether an elected leader is fit to lead. A disk that hangs or is full stops appends although the other nodes are well, and
 * since heartbeats continue, no other node would notice.
 */

import type { BatchNumber, InstantMs } from '../model/numbers.ts';
import type { ElectionOptions, NodeContext } from '../node/context.ts';

/** A shortage shorter than this does not matter. */
const shortMs = 1000;

export class Fitness {
  readonly #context: NodeContext;
  readonly #elections: ElectionOptions | undefined;
  /** The first batch that is not flushed, and since when it has been the first. */
  #unflushed: { readonly number: BatchNumber; readonly since: InstantMs } | undefined;
  #shortSince: InstantMs | undefined;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#elections = context.options.elections;
  }

  tick(): void {
    const { outline, room, now } = this.#context;
    const { number } = outline.durable;
    if (outline.isDurable) this.#unflushed = undefined;
    else if (this.#unflushed?.number !== number) this.#unflushed = { number, since: now };
    if (room.short === undefined) this.#shortSince = undefined;
    else this.#shortSince ??= now;
  }

  /** Why it should resign: its disk has hung for so long that the others should elect another leader. */
  get whyOver(): string | undefined {
    if (this.#elections === undefined || this.#unflushed === undefined) return undefined;
    const isHanging = this.#context.now - this.#unflushed.since >= 2 * this.#elections.timeoutMs;
    return isHanging ? 'its disk does not answer' : undefined;
  }

  /** It has been without room for a while: a node that has room should lead. */
  get isShort(): boolean {
    return this.#elections !== undefined && this.#shortSince !== undefined && this.#context.now - this.#shortSince >= shortMs;
  }
}
