/**
 * How long things took, in buckets that are 5 % wide: one observation is one increment, and a quantile is right to
 * within 2.5 %. The histogram of the benchmark (bench/load) is finer, can be merged, and gives the upper edge of
 * a bucket: what a page shows and what two programs are judged by.
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

  /** What this share of the observations did not exceed, for each share; `null` if there were none. @param shares - ascending */
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

/** In three digits; more would say more than is known. */
function middleOf(bucket: number): number {
  return Number((shortestMs * Math.exp(width * (bucket + 0.5))).toPrecision(3));
}
