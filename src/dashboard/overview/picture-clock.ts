/**
 * The time that the picture shows. It moves with the clock, more slowly, or not at all; the picture stays behind until
 * somebody goes back to live. The nodes do not wait for it.
 */

/** Of the real speed. */
export const speeds = [1, 0.5, 0.25, 0.1] as const;
export type Speed = (typeof speeds)[number];

export class PictureClock {
  #speed: Speed = 1;
  #isPaused = false;
  /** What the picture showed at a time of the real clock. */
  #since = { real: 0, shown: 0 };

  get speed(): Speed {
    return this.#speed;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** @param real - by the real clock, in ms, as is what comes back */
  shownAt(real: number): number {
    const { real: from, shown } = this.#since;
    return shown + (real - from) * (this.#isPaused ? 0 : this.#speed);
  }

  behindMs(real: number): number {
    return Math.max(0, real - this.shownAt(real));
  }

  isLive(real: number): boolean {
    // Sums of fractions are not exact.
    return !this.#isPaused && this.#speed === 1 && this.behindMs(real) < 1;
  }

  setSpeed(speed: Speed, real: number): void {
    this.#rest(real);
    this.#speed = speed;
  }

  pause(real: number): void {
    this.#rest(real);
    this.#isPaused = true;
  }

  resume(real: number): void {
    this.#rest(real);
    this.#isPaused = false;
  }

  /** A little further, but not past the present. */
  step(ms: number, real: number): void {
    this.#since = { real, shown: Math.min(real, this.shownAt(real) + ms) };
  }

  goLive(real: number): void {
    this.#since = { real, shown: real };
    this.#speed = 1;
    this.#isPaused = false;
  }

  #rest(real: number): void {
    this.#since = { real, shown: this.shownAt(real) };
  }
}
