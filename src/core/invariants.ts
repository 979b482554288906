/** Invariants that are checked after every event. If one is broken, the process ends. */

import { assert } from './model/assert.ts';
import type { Epoch, Offset } from './model/numbers.ts';
import type { NodeContext } from './node/context.ts';

export class Invariants {
  readonly #context: NodeContext;
  #promisedBefore: Epoch;
  #committedBefore: Offset;

  constructor(context: NodeContext) {
    this.#context = context;
    this.#promisedBefore = context.promises.promisedEpoch;
    this.#committedBefore = context.outline.committedEnd;
  }

  /** @param led - the epoch that this node leads, if it does */
  check(led: Epoch | undefined): void {
    const { outline, promises, self } = this.#context;
    assert(outline.durable.number <= outline.end.number, 'durable <= end');
    assert(outline.durable.offset <= outline.end.offset, 'durableEnd <= logEnd');
    assert(outline.committedEnd <= outline.end.offset, 'committedEnd <= logEnd');
    assert(outline.newestForwarded < outline.end.number, 'forwarded appends that are known are in the log');
    assert(outline.committedEnd >= this.#committedBefore, 'committedEnd never goes down');
    assert(promises.promisedEpoch >= this.#promisedBefore, 'the promised epoch never goes down');
    assert(led === undefined || promises.isPromisedTo(led, self), 'a leader leads the epoch that it promised itself');
    this.#committedBefore = outline.committedEnd;
    this.#promisedBefore = promises.promisedEpoch;
  }
}
