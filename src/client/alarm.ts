/** Rings at the earliest of the instants that it was told, on the clock of `performance.now()`. */

export class Alarm {
  readonly #ring: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueAt = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  ringAt(instant: number): void {
    if (instant >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = instant;
    this.#timer = setTimeout(
      () => {
        this.#dueAt = Infinity;
        this.#ring();
      },
      Math.max(0, instant - performance.now()),
    );
  }

  off(): void {
    clearTimeout(this.#timer);
    this.#dueAt = Infinity;
  }
}
