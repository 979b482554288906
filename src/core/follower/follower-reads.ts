/**
 * Linearizable reads asked of a node that does not lead: the leader is asked up to where the read must see, and the
 * read waits until this node holds that much. In a new epoch it is asked anew, also on the same stream: the leader of the
 * one before let go of what it was asked.
 */

import { instantMs, requestId } from '../model/numbers.ts';
import type { Epoch, InstantMs, Offset, RequestId, StreamId } from '../model/numbers.ts';

/** What a leader is asked on: a stream of it, in an epoch. */
export interface Asked {
  readonly stream: StreamId;
  readonly epoch: Epoch;
}

interface FollowerRead {
  readonly requestId: RequestId;
  readonly deadline: InstantMs;
  askedOn: Asked | undefined;
  end: Offset | undefined;
}

export class FollowerReads {
  #reads: FollowerRead[] = [];

  add(request: RequestId, times: { readonly now: InstantMs; readonly timeoutMs: number }): void {
    const deadline = instantMs(times.now + times.timeoutMs);
    this.#reads.push({ requestId: request, deadline, askedOn: undefined, end: undefined });
  }

  /** @param ask - asks the leader, and tells whether it could */
  askAll(leader: Asked | undefined, ask: (readId: number) => boolean): void {
    if (leader === undefined) return;
    for (const read of this.#reads) {
      const isAsked = read.askedOn?.stream === leader.stream && read.askedOn.epoch === leader.epoch;
      if (read.end === undefined && !isAsked && ask(read.requestId)) read.askedOn = leader;
    }
  }

  answered(readId: number, end: Offset): void {
    const read = this.#reads.find((candidate) => candidate.requestId === requestId(readId));
    if (read !== undefined) read.end = end;
  }

  takeReadable(held: Offset): { readonly requestId: RequestId; readonly end: Offset }[] {
    if (this.#reads.length === 0) return [];
    const readable: { requestId: RequestId; end: Offset }[] = [];
    this.#reads = this.#reads.filter((read) => {
      if (read.end === undefined || read.end > held) return true;
      readable.push({ requestId: read.requestId, end: read.end });
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
