/**
 * A histogram of durations in buckets that are 5 % wide: an observation is one increment, and a quantile is right to
 * within 2.5 %. That is enough for a page. The histogram of the benchmark (bench/load) is finer, can be merged, and
 * returns the upper edge of a bucket.
 */

const width = Math.log(1.05);
const shortestMs = 0.01;
/** The last bucket begins above an hour. */
const bucketCount = Math.ceil(Math.log(3_600_000 / shortestMs) / width) + 1;

export class LatencyHistogram {
  readonly #counts = new Uint32Array(bucketCount);
  #count = 0;

  observe(ms: number): void {
    const bucket = ms <= shortestMs ? 0 : Math.min(bucketCount - 1, Math.floor(Math.log(ms / shortestMs) / width));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
  }

  /**
   * For each share, the value that this share of the observations did not exceed; `null` if there are none.
   * @param shares - ascending
   */
  quantiles(shares: readonly number[]): (number | null)[] {
    let bucket = 0;
    let seen = this.#counts[0] ?? 0;
    return shares.map((share) => {
      if (this.#count === 0) return null;
      const rank = Math.max(1, Math.ceil(share * this.#count));
      while (seen < rank) seen += this.#counts[++bucket] ?? 0;
      return middleOf(bucket);
    });
  }

  reset(): void {
    if (this.#count > 0) this.#counts.fill(0);
    this.#count = 0;
  }
}

/** The middle of a bucket, to three digits: it is not more precise than that. */
function middleOf(bucket: number): number {
  return Number((shortestMs * Math.exp(width * (bucket + 0.5))).toPrecision(3));
}
