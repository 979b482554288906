/**
 * Lets readers take turns. In each turn of the event loop one reader writes one piece, and while appends are waiting
 * there is a pause after each piece. Otherwise a few readers at full speed would take all of the node's time.
 */

/** Pause between two pieces while appends are waiting. Writing a piece takes a fraction of this. */
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
