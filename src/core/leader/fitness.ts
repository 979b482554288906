/**
 * Whether a leader that was elected is fit to lead: a disk that hangs, or is full, stops appends although other nodes are well.
 * Heartbeats go on meanwhile, so nobody else would notice.
 */

import type { BatchNumber, InstantMs } from '../model/numbers.ts';
import type { ElectionOptions, NodeContext } from '../node/context.ts';

/** A shortage that passes soon is no reason. */
const shortMs = 1000;

export class Fitness {
  readonly #context: NodeContext;
  readonly #elections: ElectionOptions | undefined;
  /** The first batch that is not flushed, and since when. */
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
    if (room.lacking === undefined) this.#shortSince = undefined;
    else this.#shortSince ??= now;
  }

  /** Its disk has not answered for so long that the others should elect another. */
  get whyOver(): string | undefined {
    if (this.#elections === undefined || this.#unflushed === undefined) return undefined;
    const isHanging = this.#context.now - this.#unflushed.since >= 2 * this.#elections.timeoutMs;
    return isHanging ? 'its disk does not answer' : undefined;
  }

  /** It has had no room for a while: whoever has some should lead. */
  get isShort(): boolean {
    return this.#elections !== undefined && this.#shortSince !== undefined && this.#context.now - this.#shortSince >= shortMs;
  }
}
