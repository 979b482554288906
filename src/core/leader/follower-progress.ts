/**
 * The leader's view of one node that it feeds: what was sent, what was acknowledged on this stream, what is in flight.
 *
 * With each new stream the follower counts from what it reports now, even if that is less than before. What it
 * acknowledged on an earlier stream of this epoch still counts until then: it was durable.
 *
 * Invariant: `durableEnd <= next`, and at most `windowBytes` are in flight unless a single batch is larger.
 */

import { assert } from '../model/assert.ts';
import { batchNumber, offset } from '../model/numbers.ts';
import type { BatchNumber, InstantMs, Offset, StorageId, StreamId } from '../model/numbers.ts';
import type { LogPoint } from '../model/place.ts';

/** The window grows with the delay that a follower adds, as if it had to be filled at 16 MB a second, up to this. */
const delayedWindowBytesMax = 64 * 1024 * 1024;
const delayBytesPerMs = 16 * 1024;
/** Bytes asked of the storage at a time. */
const feedBytes = 1024 * 1024;

interface Flight {
  readonly end: BatchNumber;
  readonly bytes: number;
  readonly sentAt: InstantMs;
}

export interface FeedWish {
  readonly feedId: number;
  readonly from: BatchNumber;
  readonly bytesMax: number;
}

export class FollowerProgress {
  readonly stream: StreamId;
  readonly storageId: StorageId;
  readonly #windowBytes: number;
  /** `leading`: told who leads; `matching`: told where its log parts from ours; `feeding`: it gets batches. */
  phase: 'leading' | 'matching' | 'feeding' = 'leading';
  canStore = true;
  /** Since when it refuses to follow in this epoch, if it does. */
  refusesSince: InstantMs | undefined;
  /** Of the last heartbeat that it answered. */
  answeredSequence = 0;
  #next: BatchNumber = batchNumber(0);
  #durableEnd: BatchNumber | undefined;
  #durableOffset: Offset = offset(0);
  #inFlight: Flight[] = [];
  #inFlightBytes = 0;
  #feedId = 0;
  #isFeedUnderWay = false;
  /** It had all that there was on this stream: what it lacks since then is the present, not the past. */
  #hasCaughtUp = false;
  /** What may still be sent of the past before the next tick. */
  #budgetBytes = Number.POSITIVE_INFINITY;

  constructor(stream: StreamId, follower: { readonly storageId: StorageId; readonly windowBytes: number; readonly delayMs: number }) {
    this.stream = stream;
    this.storageId = follower.storageId;
    this.#windowBytes = Math.max(
      follower.windowBytes,
      Math.min(delayedWindowBytesMax, follower.windowBytes + follower.delayMs * delayBytesPerMs),
    );
  }

  /** One past the last batch that it can hold: up to where the logs agreed, or that was sent to it since. */
  get sentEnd(): BatchNumber {
    return this.#next;
  }

  /** One past the last batch that it acknowledged on this stream; `undefined` before its first word. */
  get durableEnd(): BatchNumber | undefined {
    return this.#durableEnd;
  }

  /** The same, in entries. */
  get durableOffset(): Offset {
    return this.#durableOffset;
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes;
  }

  /** Since when something that was sent is not acknowledged. */
  get waitingSince(): InstantMs | undefined {
    return this.#inFlight[0]?.sentAt;
  }

  /** Told where the logs part: batches flow from there, once it reports. */
  match(point: LogPoint): void {
    this.phase = 'matching';
    this.#next = point.number;
  }

  /** @returns since when what it now holds was under way; `undefined` if this says nothing new */
  acknowledged(end: { readonly number: BatchNumber; readonly offset: Offset; readonly now: InstantMs }): InstantMs | undefined {
    if (this.phase === 'leading' || end.number > this.#next) return undefined;
    this.phase = 'feeding';
    const isNews = this.#durableEnd === undefined || end.number > this.#durableEnd;
    if (!isNews) return undefined;
    this.#durableEnd = end.number;
    this.#durableOffset = end.offset;
    let arrived = 0;
    let { now: sentAt } = end;
    for (const flight of this.#inFlight) {
      if (flight.end > end.number) break;
      sentAt = flight.sentAt;
      this.#inFlightBytes -= flight.bytes;
      arrived += 1;
    }
    this.#inFlight.splice(0, arrived);
    return sentAt;
  }

  /** How much of the past may be sent until this is said again. */
  allowCatchUp(budgetBytes: number): void {
    this.#budgetBytes = budgetBytes;
  }

  /** What to send now, if anything: one piece at a time, never beyond the window. */
  nextFeed(feedableEnd: BatchNumber): FeedWish | undefined {
    if (this.phase !== 'feeding' || this.#isFeedUnderWay) return undefined;
    if (this.#next >= feedableEnd) {
      this.#hasCaughtUp = true;
      return undefined;
    }
    const room = this.#windowBytes - this.#inFlightBytes;
    const allowed = this.#hasCaughtUp ? room : Math.min(room, this.#budgetBytes);
    if (allowed <= 0) return undefined;
    this.#isFeedUnderWay = true;
    this.#feedId += 1;
    return { feedId: this.#feedId, from: this.#next, bytesMax: Math.min(allowed, feedBytes) };
  }

  fed(sent: { readonly feedId: number; readonly end: BatchNumber; readonly bytes: number; readonly now: InstantMs }): void {
    if (sent.feedId !== this.#feedId) return;
    assert(sent.end > this.#next, 'a feed sends at least one batch');
    this.#isFeedUnderWay = false;
    this.#next = sent.end;
    this.#inFlight.push({ end: sent.end, bytes: sent.bytes, sentAt: sent.now });
    this.#inFlightBytes += sent.bytes;
    this.#budgetBytes -= sent.bytes;
  }

  /** Everything that the log has is on its way: what it lacks fits in the bytes in flight. */
  isCaughtUp(feedableEnd: BatchNumber): boolean {
    return this.phase === 'feeding' && this.canStore && this.#next >= feedableEnd;
  }
}
