/** Fires at the earliest of the given instants, on the clock of `performance.now()`. */

export class EarliestTimer {
  readonly #onDue: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = Infinity;

  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  fireAt(instant: number): void {
    if (instant >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = instant;
    this.#timer = setTimeout(
      () => {
        this.#dueAt = Infinity;
        this.#onDue();
      },
      Math.max(0, instant - performance.now()),
    );
  }

  off(): void {
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
  }
}
