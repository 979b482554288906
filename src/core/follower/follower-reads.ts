/**
 * Linearizable reads on a node that does not lead: the node asks the leader how far the read must see, and the read waits
 * until this node holds that much and knows what was trimmed. In a new epoch it asks again, even on the same stream: when its
 * epoch ends, a leader drops the reads that it was asked for.
 */

import { instantMs, requestId } from '../model/numbers.ts';
import type { Epoch, InstantMs, Offset, RequestId, StreamId } from '../model/numbers.ts';
import type { ReadRange } from '../model/place.ts';

/** Where the leader was asked: on which of its streams, and in which epoch. */
export interface Asked {
  readonly stream: StreamId;
  readonly epoch: Epoch;
}

interface FollowerRead {
  readonly requestId: RequestId;
  readonly deadline: InstantMs;
  askedOn: Asked | undefined;
  range: ReadRange | undefined;
}

export class FollowerReads {
  #reads: FollowerRead[] = [];

  add(request: RequestId, times: { readonly now: InstantMs; readonly timeoutMs: number }): void {
    const deadline = instantMs(times.now + times.timeoutMs);
    this.#reads.push({ requestId: request, deadline, askedOn: undefined, range: undefined });
  }

  /** @param ask - asks the leader; returns whether it could */
  askAll(leader: Asked | undefined, ask: (readId: number) => boolean): void {
    if (leader === undefined) return;
    for (const read of this.#reads) {
      const isAsked = read.askedOn?.stream === leader.stream && read.askedOn.epoch === leader.epoch;
      if (read.range === undefined && !isAsked && ask(read.requestId)) read.askedOn = leader;
    }
  }

  answered(readId: number, range: ReadRange): void {
    const read = this.#reads.find((candidate) => candidate.requestId === requestId(readId));
    if (read !== undefined) read.range = range;
  }

  /** @param known - what this node has: the first entry that is kept, and one past the last that is committed */
  takeReadable(known: ReadRange): { readonly requestId: RequestId; readonly end: Offset }[] {
    if (this.#reads.length === 0) return [];
    const readable: { requestId: RequestId; end: Offset }[] = [];
    this.#reads = this.#reads.filter((read) => {
      const { range } = read;
      if (range === undefined || range.end > known.end || range.firstOffset > known.firstOffset) return true;
      readable.push({ requestId: read.requestId, end: range.end });
      return false;
    });
    return readable;
  }

  takeExpired(now: InstantMs): RequestId[] {
    const expired = this.#reads.filter((read) => read.deadline <= now).map((read) => read.requestId);
    if (expired.length > 0) this.#reads = this.#reads.filter((read) => read.deadline > now);
    return expired;
  }

  takeAll(): readonly { readonly requestId: RequestId; readonly deadline: InstantMs }[] {
    const all = this.#reads;
    this.#reads = [];
    return all;
  }
}
