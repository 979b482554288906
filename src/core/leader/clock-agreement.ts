/**
 * What the wall clocks of a cluster say together. One of them alone may be wrong by any amount; that most of them are
 * wrong by the same amount is not to be expected.
 */

/** Clocks that differ by no more than this say the same. */
export const agreementMs = 60_000;

/** The members' clocks that agree say a time between these two. */
export interface AgreedTime {
  readonly low: number;
  readonly high: number;
}

/**
 * @param clocks - what the members' wall clocks say now, as far as they are known
 * @param needed - a majority of the members. One clock never agrees with itself
 * @returns where so many of them say the same; the latest such time, if there are several
 */
export function agreedTime(clocks: readonly number[], needed: number): AgreedTime | undefined {
  const count = Math.max(2, needed);
  const ascending = clocks.toSorted((a, b) => a - b);
  for (let last = ascending.length - 1; last >= count - 1; last -= 1) {
    const high = ascending[last] ?? 0;
    const low = ascending[last - count + 1] ?? 0;
    if (high - low > agreementMs) continue;
    // Whoever else says the same is part of it.
    const first = ascending.find((clock) => high - clock <= agreementMs) ?? low;
    return { low: first, high };
  }
  return undefined;
}
