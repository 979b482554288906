/**
 * Where rows are, in px from the top of all of them. All rows are equally high but the few that were opened, so that a
 * hundred million need no more than a list of those.
 */

export interface OpenRow {
  readonly index: number;
  /** Above the height of a closed row. */
  readonly extraPx: number;
}

export class RowGeometry {
  readonly count: number;
  readonly rowPx: number;
  /** Ascending. */
  readonly #open: readonly OpenRow[];

  constructor({ count, rowPx, open }: { readonly count: number; readonly rowPx: number; readonly open: readonly OpenRow[] }) {
    this.count = count;
    this.rowPx = rowPx;
    this.#open = open.filter(({ index }) => index < count).toSorted((a, b) => a.index - b.index);
  }

  get totalPx(): number {
    return this.topOf(this.count);
  }

  topOf(index: number): number {
    let extraPx = 0;
    for (const row of this.#open) {
      if (row.index >= index) break;
      extraPx += row.extraPx;
    }
    return index * this.rowPx + extraPx;
  }

  bottomOf(index: number): number {
    return this.topOf(index + 1);
  }

  /** The row that covers this place; the first above all, the last below. */
  indexAt(px: number): number {
    let extraPx = 0;
    let index = Math.floor(px / this.rowPx);
    for (const row of this.#open) {
      const topPx = row.index * this.rowPx + extraPx;
      if (px < topPx) break;
      if (px < topPx + this.rowPx + row.extraPx) return row.index;
      extraPx += row.extraPx;
      index = Math.floor((px - extraPx) / this.rowPx);
    }
    return Math.min(Math.max(index, 0), Math.max(this.count - 1, 0));
  }
}
