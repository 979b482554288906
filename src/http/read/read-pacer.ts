/**
 * Whose turn it is among those who read. One piece of a list is written per turn of the event loop, whoever reads, and
 * while appends wait there is a pause after each: a few readers at full speed would otherwise be all that a node does.
 */

/** Between two pieces while appends wait. A piece takes a fraction of that to be written. */
const pauseMs = 2;

export class ReadPacer {
  readonly #areAppendsWaiting: () => boolean;
  readonly #queue: (() => void)[] = [];
  #isScheduled = false;

  constructor(areAppendsWaiting: () => boolean) {
    this.#areAppendsWaiting = areAppendsWaiting;
  }

  /** Resolves when the caller may write a piece. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#queue.length === 0) return;
    this.#isScheduled = true;
    const next = (): void => {
      this.#isScheduled = false;
      this.#queue.shift()?.();
      this.#schedule();
    };
    if (this.#areAppendsWaiting()) setTimeout(next, pauseMs);
    else setImmediate(next);
  }
}
