/**
 * The appends of a node and the lag of its followers, second by second, for the last fifteen minutes. The caller, which
 * has the clock, tells when a second is over.
 */

import type { Sample } from '../api/activity.ts';
import type { MemberStatus, ReplicaStatus } from '../core/status.ts';
import type { AnsweredAppend } from '../driver/observer.ts';
import { LatencyHistogram } from './latency-histogram.ts';

const samplesMax = 900;

type SampledStatus = Pick<ReplicaStatus, 'id' | 'members' | 'epoch' | 'role' | 'leader' | 'durableEnd' | 'committedEnd'>;

export class Samples {
  readonly #latencies = new LatencyHistogram();
  readonly #ring: Sample[] = [];
  /** Index of the next sample; once the ring is full, that of the oldest. */
  #next = 0;
  #appends = 0;
  #entries = 0;
  #refused = 0;

  answered({ ms, code, entryCount }: AnsweredAppend): void {
    if (code !== undefined) {
      this.#refused += 1;
      return;
    }
    this.#appends += 1;
    this.#entries += entryCount;
    this.#latencies.observe(ms);
  }

  /** Takes the sample of the second that is over. */
  take(at: number, status: SampledStatus): Sample {
    const { id, members, epoch, role, leader, durableEnd, committedEnd } = status;
    const [p50Ms = null, p90Ms = null, p99Ms = null] = this.#latencies.quantiles([0.5, 0.9, 0.99]);
    const followers = members.filter((member) => member.id !== id);
    const sample: Sample = {
      at,
      appends: this.#appends,
      entries: this.#entries,
      refused: this.#refused,
      p50Ms,
      p90Ms,
      p99Ms,
      lagEntries: lags(followers, ({ lagEntries }) => lagEntries),
      lagMs: lags(followers, ({ lagMs }) => lagMs),
      epoch,
      role,
      leader: leader?.id ?? null,
      durableEnd,
      committedEnd,
    };
    this.#appends = 0;
    this.#entries = 0;
    this.#refused = 0;
    this.#latencies.reset();
    this.#ring[this.#next] = sample;
    this.#next = (this.#next + 1) % samplesMax;
    return sample;
  }

  /** All samples, oldest first. */
  all(): Sample[] {
    if (this.#ring.length < samplesMax) return [...this.#ring];
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }
}

function lags(followers: readonly MemberStatus[], read: (member: MemberStatus) => number | undefined): Record<string, number> {
  const known: Record<string, number> = {};
  for (const member of followers) {
    const lag = read(member);
    if (lag !== undefined) known[member.id] = lag;
  }
  return known;
}
