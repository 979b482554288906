/**
 * Latencies in buckets that grow with the value: 128 per power of two, so a quantile is at most 1 % too large. Recording costs
 * a few nanoseconds, however many values there are. Values are microseconds; the largest is about 70 minutes.
 */

const subBuckets = 128;
const powers = 32;

export interface HistogramSnapshot {
  readonly counts: readonly (readonly [bucket: number, count: number])[];
  readonly maxMicros: number;
}

export class Histogram {
  readonly #counts = new Uint32Array(subBuckets * powers);
  #count = 0;
  #maxMicros = 0;

  get count(): number {
    return this.#count;
  }

  record(micros: number): void {
    const value = Math.max(0, Math.round(micros));
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    if (value > this.#maxMicros) this.#maxMicros = value;
  }

  /** The value that this share (0 to 1) of all does not exceed: the upper edge of its bucket. 0 if nothing was recorded. */
  quantileMicros(share: number): number {
    if (this.#count === 0) return 0;
    const wanted = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return Math.min(lastOf(bucket), this.#maxMicros);
    }
    return this.#maxMicros;
  }

  merge(other: HistogramSnapshot): void {
    for (const [bucket, count] of other.counts) {
      this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
      this.#count += count;
    }
    this.#maxMicros = Math.max(this.#maxMicros, other.maxMicros);
  }

  snapshot(): HistogramSnapshot {
    const counts: [number, number][] = [];
    for (const [bucket, count] of this.#counts.entries()) if (count > 0) counts.push([bucket, count]);
    return { counts, maxMicros: this.#maxMicros };
  }

  static from(snapshot: HistogramSnapshot): Histogram {
    const histogram = new Histogram();
    histogram.merge(snapshot);
    return histogram;
  }
}

/** Below `2 * subBuckets` there is a bucket per value; above, the highest bits decide. */
function bucketOf(value: number): number {
  if (value < 2 * subBuckets) return value;
  const shift = Math.min(31 - Math.clz32(Math.min(value, 0xffff_ffff)), powers - 2) - 7;
  return Math.min(shift * subBuckets + Math.floor(value / 2 ** shift), subBuckets * powers - 1);
}

/** The largest value of a bucket. */
function lastOf(bucket: number): number {
  if (bucket < 2 * subBuckets) return bucket;
  const shift = Math.floor(bucket / subBuckets) - 1;
  return (bucket - shift * subBuckets + 1) * 2 ** shift - 1;
}
