/**
 * The leader's view of one node that it feeds: what was sent, what was acknowledged on this stream, what is in flight.
 *
 * On a new stream only what the follower acknowledges there counts, even if it is less than before. Until the first
 * acknowledgement, what it acknowledged on an earlier stream of this epoch still counts, because it was durable.
 *
 * Invariant: `durableEnd <= next`, and at most `windowBytes` are in flight unless a single batch is larger.
 */

import { assert } from '../model/assert.ts';
import { batchNumber, offset } from '../model/numbers.ts';
import type { BatchNumber, InstantMs, Offset, StorageId, StreamId } from '../model/numbers.ts';
import type { LogPoint } from '../model/place.ts';

/** The window grows with the delay that a follower adds (16 MiB for each second of it), up to this. */
const delayedWindowBytesMax = 64 * 1024 * 1024;
const delayBytesPerMs = 16 * 1024;
/** How many bytes are read from the storage at a time. */
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
  /** `leading`: it was sent `lead`; `matching`: it was told where the logs part; `feeding`: it gets batches. */
  phase: 'leading' | 'matching' | 'feeding' = 'leading';
  canStore = true;
  /** Since when it refuses to follow in this epoch, if it does. */
  refusesSince: InstantMs | undefined;
  /** The sequence number of the newest heartbeat that it answered. */
  answeredSequence = 0;
  #next: BatchNumber = batchNumber(0);
  #durableEnd: BatchNumber | undefined;
  #durableOffset: Offset = offset(0);
  #inFlight: Flight[] = [];
  #inFlightBytes = 0;
  #feedId = 0;
  #isFeedUnderWay = false;
  /** Once on this stream everything had been sent to it: what it lacks since then is new, not a backlog. */
  #hasCaughtUp = false;
  /** How much of the backlog may still be sent before the next tick. */
  #budgetBytes = Number.POSITIVE_INFINITY;

  constructor(stream: StreamId, follower: { readonly storageId: StorageId; readonly windowBytes: number; readonly delayMs: number }) {
    this.stream = stream;
    this.storageId = follower.storageId;
    this.#windowBytes = Math.max(
      follower.windowBytes,
      Math.min(delayedWindowBytesMax, follower.windowBytes + follower.delayMs * delayBytesPerMs),
    );
  }

  /** The same node, to which `lead` is sent once more. */
  restarted(): FollowerProgress {
    const { storageId, stream } = this;
    const again = new FollowerProgress(stream, { storageId, windowBytes: this.#windowBytes, delayMs: 0 });
    again.canStore = this.canStore;
    again.answeredSequence = this.answeredSequence;
    return again;
  }

  /** One past the last batch that it can hold: where the logs agreed, or what was sent to it since. */
  get sentEnd(): BatchNumber {
    return this.#next;
  }

  /** One past the last batch that it can hold: without room it drops what it is sent. */
  get heldEnd(): BatchNumber {
    return this.canStore ? this.#next : (this.#durableEnd ?? batchNumber(0));
  }

  /** One past the last batch that it acknowledged on this stream; `undefined` before the first acknowledgement. */
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

  /** Since when something has been in flight without an acknowledgement. */
  get waitingSince(): InstantMs | undefined {
    return this.#inFlight[0]?.sentAt;
  }

  /** It is told where the logs part. Once it acknowledges, it gets the batches from there on. */
  match(point: LogPoint): void {
    this.phase = 'matching';
    this.#next = point.number;
  }

  /** @returns when what it now holds was sent; `undefined` if the acknowledgement is not news */
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

  /** Sets how much of the backlog may be sent until the next call. */
  allowCatchUp(budgetBytes: number): void {
    this.#budgetBytes = budgetBytes;
  }

  /** What to send next, if anything: one feed at a time, and never beyond the window. */
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

  /** Everything in the log has been sent to it: what it lacks is in flight. */
  isCaughtUp(feedableEnd: BatchNumber): boolean {
    return this.phase === 'feeding' && this.canStore && this.#next >= feedableEnd;
  }
}
