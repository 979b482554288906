/** This page's clock less that of each node: the smallest that was seen, which is the nearest to the truth. */

export class ClockGaps {
  readonly #gaps = new Map<string, number>();

  /** A frame that says `at` came `now`. */
  take(nodeId: string, { at, now }: { readonly at: number; readonly now: number }): void {
    this.#gaps.set(nodeId, Math.min(now - at, this.#gaps.get(nodeId) ?? Infinity));
  }

  of(nodeId: string): number | undefined {
    return this.#gaps.get(nodeId);
  }
}
