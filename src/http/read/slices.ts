/**
 * Work on many listeners in slices: of at most a millisecond each, one per turn of the event loop, with a pause after
 * each while appends wait. Whatever else there is to do never waits longer than for one slice.
 */

import type { ReadPacer } from './read-pacer.ts';

const sliceMs = 1;

export class Slices {
  readonly #pacer: ReadPacer;

  constructor(pacer: ReadPacer) {
    this.#pacer = pacer;
  }

  /** @param each - what takes microseconds @param isOver - looked at after every pause: nothing more is to be done */
  async forEach<Item>(items: Iterable<Item>, each: (item: Item) => void, isOver: () => boolean = () => false): Promise<void> {
    const iterator = items[Symbol.iterator]();
    for (;;) {
      await this.#pacer.turn();
      if (isOver()) return;
      const until = performance.now() + sliceMs;
      do {
        const { value, done } = iterator.next();
        if (done === true) return;
        each(value);
      } while (performance.now() < until);
    }
  }
}
