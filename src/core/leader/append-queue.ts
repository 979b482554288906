/**
 * Appends that have no offset yet: they wait for a leader, or for the batch before them. As long as an append is in the
 * queue, it can be refused with certainty that nothing was stored.
 */

import type { AppendRequest } from '../model/events.ts';
import { instantMs } from '../model/numbers.ts';
import type { InstantMs, RequestId } from '../model/numbers.ts';

export interface QueuedAppend extends AppendRequest {
  readonly deadline: InstantMs;
}

export class AppendQueue {
  #items: QueuedAppend[] = [];
  #byteCount = 0;

  get length(): number {
    return this.#items.length;
  }

  get byteCount(): number {
    return this.#byteCount;
  }

  push(request: AppendRequest, now: InstantMs): void {
    this.#items.push({ ...request, deadline: instantMs(now + request.concern.timeoutMs) });
    this.#byteCount += request.byteCount;
  }

  /** Takes the oldest appends, up to `bytesMax` in total, but at least one if there is any. */
  takeUpTo(bytesMax: number): readonly QueuedAppend[] {
    let bytes = 0;
    let count = 0;
    for (const item of this.#items) {
      if (count > 0 && bytes + item.byteCount > bytesMax) break;
      bytes += item.byteCount;
      count += 1;
    }
    this.#byteCount -= bytes;
    if (count < this.#items.length) return this.#items.splice(0, count);
    const all = this.#items;
    this.#items = [];
    return all;
  }

  takeAll(): readonly QueuedAppend[] {
    return this.takeUpTo(Number.POSITIVE_INFINITY);
  }

  takeExpired(now: InstantMs): readonly QueuedAppend[] {
    if (!this.#items.some((item) => item.deadline <= now)) return [];
    return this.#takeWhere((item) => item.deadline <= now);
  }

  /** @returns whether it was still in the queue */
  drop(requestId: RequestId): boolean {
    return this.#takeWhere((item) => item.requestId === requestId).length > 0;
  }

  #takeWhere(matches: (item: QueuedAppend) => boolean): readonly QueuedAppend[] {
    const taken = this.#items.filter(matches);
    if (taken.length === 0) return taken;
    this.#items = this.#items.filter((item) => !matches(item));
    for (const item of taken) this.#byteCount -= item.byteCount;
    return taken;
  }
}
