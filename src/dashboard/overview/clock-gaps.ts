/** How far this page's clock is ahead of each node's: the smallest difference that was seen is the nearest to the truth. */

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
