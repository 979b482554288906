/** The only binary search of this code base. */

/**
 * @param count - the number of items; `isBefore` must hold for all of them up to some index, and for none after it
 * @returns the first index for which `isBefore` does not hold; `count` if it holds for all
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
