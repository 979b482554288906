/**
 * Does work on many listeners in slices of at most a millisecond, one per turn of the event loop, with a pause after
 * each while appends are waiting. So nothing else ever waits for longer than one slice.
 */

import type { ReadPacer } from './read-pacer.ts';

const sliceMs = 1;

export class Slices {
  readonly #pacer: ReadPacer;

  constructor(pacer: ReadPacer) {
    this.#pacer = pacer;
  }

  /**
   * @param each - must take microseconds only
   * @param isOver - checked before every slice: nothing more is to be done
   */
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
