/** By how much the wall clocks of a node were ahead of the world's, one after the other. */

export class WallSkews {
  readonly #past: { readonly skewMs: number; readonly until: number }[] = [];

  /** The clock that showed this is another one from now on. */
  wasUntil(now: number, skewMs: number | undefined): void {
    if (skewMs !== undefined) this.#past.push({ skewMs, until: now });
  }

  /** The most lately. @param present - of the clock that runs; `undefined` without one */
  max(since: number, present: number | undefined): number {
    const lately = this.#past.filter(({ until }) => until >= since).map(({ skewMs }) => skewMs);
    return Math.max(present ?? Number.NEGATIVE_INFINITY, ...lately);
  }
}
