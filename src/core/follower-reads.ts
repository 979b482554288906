/**
 * Linearizable reads asked of a node that does not lead: the leader is asked up to where the read must see, and the
 * read waits until this node holds that much. With a new leader it is asked anew.
 */

import { instantMs, requestId } from './numbers.ts';
import type { InstantMs, Offset, RequestId, StreamId } from './numbers.ts';

interface FollowerRead {
  readonly requestId: RequestId;
  readonly deadline: InstantMs;
  askedOn: StreamId | undefined;
  end: Offset | undefined;
}

export class FollowerReads {
  #reads: FollowerRead[] = [];

  add(request: RequestId, times: { readonly now: InstantMs; readonly timeoutMs: number }): void {
    const deadline = instantMs(times.now + times.timeoutMs);
    this.#reads.push({ requestId: request, deadline, askedOn: undefined, end: undefined });
  }

  /** @param ask - asks the leader, and tells on which stream */
  askAll(leaderStream: StreamId | undefined, ask: (readId: number) => StreamId | undefined): void {
    if (leaderStream === undefined) return;
    for (const read of this.#reads) {
      if (read.end === undefined && read.askedOn !== leaderStream) read.askedOn = ask(read.requestId);
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
