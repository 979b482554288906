/** Which rows are seen, and where the grid stays while the log grows, is cut, or rows are opened. */

import { RowGeometry } from './row-geometry.ts';
import type { Range } from '../data/range.ts';
import { ScrollModel } from './scroll-model.ts';

/** Rows that are drawn above and below what is seen, so that a step finds them there. */
const overscanRows = 6;

/** Below an opened row stays room for what lies over the end of the grid. */
const revealMarginPx = 56;

export interface GridSize {
  readonly count: number;
  readonly rowPx: number;
  readonly viewPx: number;
  /** Heights above that of a closed row. */
  readonly openPx: ReadonlyMap<number, number>;
}

export class GridPosition {
  readonly scroll = new ScrollModel();
  #rows = new RowGeometry({ count: 0, rowPx: 1, open: [] });
  #viewPx = 0;
  /** The end stays in sight. */
  #isFollowing = true;
  /** One past the last row when the end was left. */
  #leftAt = 0;

  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Rows that came since the end was left. */
  get newCount(): number {
    return this.#isFollowing ? 0 : Math.max(0, this.#rows.count - this.#leftAt);
  }

  resize({ count, rowPx, viewPx, openPx }: GridSize): void {
    const open = [...openPx].map(([index, extraPx]) => ({ index, extraPx }));
    this.#rows = new RowGeometry({ count, rowPx, open });
    this.#viewPx = viewPx;
    this.#leftAt = Math.min(this.#leftAt, count);
    this.scroll.resize({ totalPx: this.#rows.totalPx, viewPx });
    if (this.#isFollowing) this.scroll.moveToEnd();
  }

  /** @returns whether the scrollbar must be set */
  scrolled(realPx: number): boolean {
    // What was set is reported, too, and is no wish of the reader.
    if (Math.abs(realPx - this.scroll.realPx) < 1) return false;
    const mustSet = this.scroll.scrolled(realPx);
    this.#followIfAtEnd();
    return mustSet;
  }

  follow(): void {
    this.#isFollowing = true;
    this.scroll.moveToEnd();
  }

  stay(): void {
    if (this.#isFollowing) this.#leftAt = this.#rows.count;
    this.#isFollowing = false;
  }

  /** Moves as little as is needed, or so that the row stands in the middle. */
  show(index: number, where: 'nearest' | 'middle'): void {
    const topPx = this.#rows.topOf(index);
    const bottomPx = topPx + this.#rows.rowPx;
    const seenPx = this.scroll.topPx;
    if (where === 'middle') this.scroll.moveTo(topPx - this.#viewPx / 2 + this.#rows.rowPx / 2);
    else if (topPx < seenPx) this.scroll.moveTo(topPx);
    else if (bottomPx > seenPx + this.#viewPx) this.scroll.moveTo(bottomPx - this.#viewPx);
    this.#followIfAtEnd();
  }

  /** Shows all of an opened row, or, if it is higher than what is seen, its beginning. */
  reveal(index: number): void {
    const topPx = this.#rows.topOf(index);
    const bottomPx = this.#rows.bottomOf(index) + revealMarginPx;
    if (bottomPx > this.scroll.topPx + this.#viewPx) this.scroll.moveTo(Math.min(topPx, bottomPx - this.#viewPx));
  }

  get seen(): Range {
    if (this.#rows.count === 0) return { start: 0, end: 0 };
    const { topPx } = this.scroll;
    return { start: this.#rows.indexAt(topPx), end: this.#rows.indexAt(topPx + this.#viewPx - 1) + 1 };
  }

  /** With some that are near. */
  get drawn(): Range {
    const { start, end } = this.seen;
    return { start: Math.max(0, start - overscanRows), end: Math.min(this.#rows.count, end + overscanRows) };
  }

  get rowsPerPage(): number {
    return Math.max(1, Math.floor(this.#viewPx / this.#rows.rowPx) - 1);
  }

  /** In the scrolled element. */
  topOf(index: number): number {
    return this.#rows.topOf(index) + this.scroll.shiftPx;
  }

  #followIfAtEnd(): void {
    if (this.scroll.isAtEnd) this.#isFollowing = true;
    else this.stay();
  }
}
