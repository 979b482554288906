/** How far a node's wall clock was ahead of the world's, one process after another. */

export class WallSkews {
  readonly #past: { readonly skewMs: number; readonly until: number }[] = [];

  /** The clock had this skew until now. */
  wasUntil(now: number, skewMs: number | undefined): void {
    if (skewMs !== undefined) this.#past.push({ skewMs, until: now });
  }

  /** The largest skew since then. @param present - of the current clock; `undefined` if there is none */
  max(since: number, present: number | undefined): number {
    const lately = this.#past.filter(({ until }) => until >= since).map(({ skewMs }) => skewMs);
    return Math.max(present ?? Number.NEGATIVE_INFINITY, ...lately);
  }
}
