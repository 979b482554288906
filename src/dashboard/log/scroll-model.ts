/**
 * Scrolls further than a browser can: elements end at some 17 (Firefox) or 33 million px (Chromium, Safari), a hundred million rows do
 * not. The browser scrolls an element of at most `realPxMax`; this says which place of the whole that shows.
 *
 * Near both ends a px scrolled is a px of the whole. Between them the scrollbar is compressed, so that it reaches everything; but a small
 * step (wheel, finger, key) is a px for a px there too, which lets the two drift apart a little. `settle` takes the drift
 * back, when nobody is scrolling or the scrollbar came to its end before the whole did.
 */

export const realPxMax = 6_000_000;

/** What moves further at once is a pull at the scrollbar. A px of a scrollbar 1500 px long is 4000 px. */
const stepPxMax = 3000;

/** So much of each end is never compressed. */
const plainPx = realPxMax / 4;

export class ScrollModel {
  #totalPx = 0;
  #viewPx = 0;
  #topPx = 0;
  #realPx = 0;

  /** First px of the whole that is seen. */
  get topPx(): number {
    return this.#topPx;
  }

  /** What the element's `scrollTop` is, or must be set to. */
  get realPx(): number {
    return this.#realPx;
  }

  get realTotalPx(): number {
    return Math.min(this.#totalPx, realPxMax);
  }

  /** Added to a place of the whole, the place in the element. */
  get shiftPx(): number {
    return this.#realPx - this.#topPx;
  }

  get isAtEnd(): boolean {
    return this.#topPx >= this.#topPxMax - 1;
  }

  get #topPxMax(): number {
    return Math.max(0, this.#totalPx - this.#viewPx);
  }

  get #realPxEnd(): number {
    return Math.max(0, this.realTotalPx - this.#viewPx);
  }

  /** The place stays where it is, as far as there is such a place still. */
  resize({ totalPx, viewPx }: { readonly totalPx: number; readonly viewPx: number }): void {
    const isDrawnTogether = this.#totalPx > realPxMax && totalPx > realPxMax;
    this.#totalPx = totalPx;
    this.#viewPx = viewPx;
    const isCut = this.#topPx > this.#topPxMax;
    this.#topPx = clamp(this.#topPx, this.#topPxMax);
    // Setting the scrollbar would end a movement that the browser has under way, for a drift that nobody sees.
    if (!isDrawnTogether || isCut || this.#realPx > this.#realPxEnd) this.settle();
  }

  moveTo(topPx: number): void {
    this.#topPx = clamp(Math.round(topPx), this.#topPxMax);
    this.settle();
  }

  moveToEnd(): void {
    this.moveTo(this.#topPxMax);
  }

  /** The browser has scrolled. @returns whether `realPx` must be set, as the scrollbar has come to an end before the whole did */
  scrolled(realPx: number): boolean {
    const stepPx = realPx - this.#realPx;
    this.#realPx = realPx;
    this.#topPx = Math.abs(stepPx) > stepPxMax ? this.#topAt(realPx) : clamp(this.#topPx + stepPx, this.#topPxMax);
    const isAtLimit = realPx <= 0 || realPx >= this.#realPxEnd - 1;
    const shouldBePx = this.#realAt(this.#topPx);
    if (!isAtLimit || Math.abs(shouldBePx - realPx) < 2) return false;
    this.settle();
    return true;
  }

  /** Takes the drift back: sets `realPx` to where the scrollbar belongs. */
  settle(): void {
    this.#realPx = this.#realAt(this.#topPx);
  }

  #topAt(realPx: number): number {
    if (this.#totalPx <= realPxMax) return clamp(realPx, this.#topPxMax);
    const fromEndPx = this.#realPxEnd - realPx;
    if (realPx <= plainPx) return clamp(realPx, this.#topPxMax);
    if (fromEndPx <= plainPx) return clamp(this.#topPxMax - fromEndPx, this.#topPxMax);
    const part = (realPx - plainPx) / (this.#realPxEnd - 2 * plainPx);
    return Math.round(plainPx + part * (this.#topPxMax - 2 * plainPx));
  }

  #realAt(topPx: number): number {
    if (this.#totalPx <= realPxMax) return topPx;
    const fromEndPx = this.#topPxMax - topPx;
    if (topPx <= plainPx) return topPx;
    if (fromEndPx <= plainPx) return this.#realPxEnd - fromEndPx;
    const part = (topPx - plainPx) / (this.#topPxMax - 2 * plainPx);
    return Math.round(plainPx + part * (this.#realPxEnd - 2 * plainPx));
  }
}

function clamp(px: number, max: number): number {
  return Math.min(Math.max(px, 0), max);
}
