/**
 * Linearizable reads: the leader notes how far the log is committed, then makes sure by a round of heartbeats that it
 * still leads; what it noted is then a safe end to read up to (ReadIndex: dissertation, section 6.4).
 */

import { instantMs } from '../model/numbers.ts';
import type { InstantMs, Offset, RequestId, StreamId } from '../model/numbers.ts';

/** Who asked: a request to this node, or a follower on its stream. */
export type ReadAsker =
  | { readonly kind: 'request'; readonly requestId: RequestId }
  | { readonly kind: 'follower'; readonly stream: StreamId; readonly readId: number };

interface ReadInDoubt {
  readonly asker: ReadAsker;
  readonly deadline: InstantMs;
  /** Noted once the epoch's marker is committed. */
  noted: { readonly end: Offset; readonly sequence: number } | undefined;
}

export class ReadsInDoubt {
  #reads: ReadInDoubt[] = [];

  get length(): number {
    return this.#reads.length;
  }

  add(asker: ReadAsker, times: { readonly now: InstantMs; readonly timeoutMs: number }): void {
    this.#reads.push({ asker, deadline: instantMs(times.now + times.timeoutMs), noted: undefined });
  }

  /** @returns whether a new round of heartbeats is wanted, numbered `sequence` */
  note(committedEnd: Offset, sequence: number): boolean {
    let isWanted = false;
    for (const read of this.#reads) {
      if (read.noted !== undefined) continue;
      read.noted = { end: committedEnd, sequence };
      isWanted = true;
    }
    return isWanted;
  }

  /** Those that a majority's answer to heartbeat `confirmed` makes safe. */
  takeConfirmed(confirmed: number): { readonly asker: ReadAsker; readonly end: Offset }[] {
    if (this.#reads.length === 0) return [];
    const safe: { asker: ReadAsker; end: Offset }[] = [];
    this.#reads = this.#reads.filter(({ asker, noted }) => {
      if (noted === undefined || noted.sequence > confirmed) return true;
      safe.push({ asker, end: noted.end });
      return false;
    });
    return safe;
  }

  takeExpired(now: InstantMs): ReadAsker[] {
    const expired = this.#reads.filter((read) => read.deadline <= now).map((read) => read.asker);
    if (expired.length > 0) this.#reads = this.#reads.filter((read) => read.deadline > now);
    return expired;
  }

  takeAll(): readonly { readonly asker: ReadAsker; readonly deadline: InstantMs }[] {
    const all = this.#reads;
    this.#reads = [];
    return all;
  }
}
