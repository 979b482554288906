/** A time that goes on when nothing else does. */

export class FakeTime {
  #now = 0;
  readonly #timers: { readonly due: number; readonly wake: () => void }[] = [];
  #isTurning = false;

  get now(): number {
    return this.#now;
  }

  async pause(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((wake) => {
      this.#timers.push({ due: this.#now + ms, wake });
      this.#turn();
    });
    signal?.throwIfAborted();
  }

  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      this.#timers.sort((a, b) => a.due - b.due);
      const next = this.#timers.shift();
      if (next === undefined) return;
      this.#now = Math.max(this.#now, next.due);
      next.wake();
      if (this.#timers.length > 0) this.#turn();
    });
  }
}
