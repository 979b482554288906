/**
 * The time on which the wall clocks of a cluster agree. A single clock may be wrong by any amount, but it is unlikely that
 * most of them are wrong by the same amount.
 */

/** Clocks that differ by no more than this agree. */
export const agreementMs = 60_000;

/** Whether this clock agrees with those of a majority, itself included. */
export function isNearMajority(
  clock: number,
  { known, majority }: { readonly known: readonly number[]; readonly majority: number },
): boolean {
  return known.filter((other) => Math.abs(other - clock) <= agreementMs).length >= majority;
}

/** The clocks that agree are all between these two times. */
export interface AgreedTime {
  readonly low: number;
  readonly high: number;
}

/**
 * @param clocks - the present times of the members' wall clocks, as far as they are known
 * @param needed - a majority of the members. A single clock is no agreement, so at least two must agree
 * @returns the time on which that many agree; the latest one, if there are several
 */
export function agreedTime(clocks: readonly number[], needed: number): AgreedTime | undefined {
  const count = Math.max(2, needed);
  const ascending = clocks.toSorted((a, b) => a - b);
  for (let last = ascending.length - 1; last >= count - 1; last -= 1) {
    const high = ascending[last] ?? 0;
    const low = ascending[last - count + 1] ?? 0;
    if (high - low > agreementMs) continue;
    // Include every other clock that agrees with `high`.
    const first = ascending.find((clock) => high - clock <= agreementMs) ?? low;
    return { low: first, high };
  }
  return undefined;
}
