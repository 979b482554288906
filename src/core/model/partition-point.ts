/** The one binary search. */

/**
 * @param count - of the items, of which `isBefore` holds up to some index and for none behind it
 * @returns the first index for which it does not hold; `count` if it holds for all
 */
export function partitionPoint(count: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
