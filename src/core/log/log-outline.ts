/**
 * What the core knows about its own log: its ends, where epochs begin, and which member lists and idempotency keys are in
 * it. The storage has the bytes.
 *
 * Invariants: `committedEnd <= durable <= end`, for `durable` and `end` in both coordinates. `end` and everything derived from
 * it (the list in force, the keys) include what is not durable yet.
 */

import { assert } from '../model/assert.ts';
import type { AppendKey, BatchHeader, PlacedKey } from '../model/batch.ts';
import { epochAt, historyBefore } from '../model/epoch-history.ts';
import type { EpochStart, LogShape } from '../model/epoch-history.ts';
import { identityOf, isIdentity } from '../model/forward-identity.ts';
import { ForwardedAppends } from './forwarded-appends.ts';
import { IdempotencyIndex } from './idempotency-index.ts';
import type { IdempotencyLimits, KnownAppend } from './idempotency-index.ts';
import type { KeyPlace, KeySource, LogPart, LogTime, PlacedList } from '../model/log-part.ts';
import type { MemberList } from '../model/members.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../model/numbers.ts';
import type { BatchNumber, Epoch, LogAge, Offset, TimestampMs } from '../model/numbers.ts';
import { logStart } from '../model/place.ts';
import type { LogPoint, Place } from '../model/place.ts';

interface Undurable {
  readonly start: LogPoint;
  readonly end: LogPoint;
  /** The time of the batch before it. */
  readonly timeBefore: LogTime;
}

export class LogOutline {
  readonly #keys: IdempotencyIndex;
  readonly #forwarded = new ForwardedAppends();
  #starts: EpochStart[] = [];
  #end: LogPoint = logStart;
  #durable: LogPoint = logStart;
  /** How far this node was told that the log is committed, limited to what it holds, durable or not. */
  #toldCommitted: Offset = offset(0);
  #committedNumber: BatchNumber = batchNumber(0);
  #time: LogTime = { lastTimestamp: timestampMs(0), lastAge: logAge(0) };
  /** Batches that are not durable yet, oldest first. */
  #undurable: Undurable[] = [];
  #lists: PlacedList[] = [];
  #cuts = 0;
  /** The cuts that the storage has not finished, and the first batch that each removes. */
  readonly #openCuts = new Map<number, BatchNumber>();

  constructor(limits: IdempotencyLimits) {
    this.#keys = new IdempotencyIndex(limits);
  }

  get end(): LogPoint {
    return this.#end;
  }

  /** One past the last batch that is flushed to this node's own storage. */
  get durable(): LogPoint {
    return this.#durable;
  }

  /** How far this node knows the log to be committed: a lower bound, and never more than it holds durably. */
  get committedEnd(): Offset {
    return offset(Math.min(this.#toldCommitted, this.#durable.offset));
  }

  /** The same in batches, which also covers markers and member lists. Only a leader learns it. */
  get committedNumber(): BatchNumber {
    return batchNumber(Math.min(this.#committedNumber, this.#durable.number));
  }

  /** Whether the log has at least its first batch. */
  get hasLog(): boolean {
    return this.#end.number > 0;
  }

  get isDurable(): boolean {
    return this.#durable.number === this.#end.number;
  }

  /** The oldest cut that the storage has not finished. */
  get openCut(): number | undefined {
    const [oldest] = this.#openCuts.keys();
    return oldest;
  }

  get tip(): Place {
    return this.#placeBefore(this.#end);
  }

  get durableTip(): Place {
    return this.#placeBefore(this.#durable);
  }

  get lastTimestamp(): TimestampMs {
    return this.#time.lastTimestamp;
  }

  get lastAge(): LogAge {
    return this.#time.lastAge;
  }

  get shape(): LogShape {
    return { starts: this.#starts, end: this.#end };
  }

  /** The member list in force: the last one in the log, committed or not. */
  get list(): MemberList | undefined {
    return this.#lists.at(-1)?.list;
  }

  /** The number of the batch with the list in force; -1 without one. */
  get listNumber(): BatchNumber {
    return this.#lists.at(-1)?.number ?? batchNumber(-1);
  }

  epochAt(number: BatchNumber): Epoch {
    return epochAt(this.#starts, number);
  }

  /** The last batch that is known to hold a forwarded append with an identity; -1 if there is none. */
  get newestForwarded(): BatchNumber {
    return this.#forwarded.newest;
  }

  /** Finds an append by a client's key or a forwarder's identity; `forgotten` if it is no longer known whether it is here. */
  findKey(key: AppendKey): KnownAppend | 'forgotten' | undefined {
    const identity = identityOf(key);
    if (identity !== undefined) return this.#forwarded.find(identity, key.entryCount);
    return this.#keys.find(key, this.#time.lastAge);
  }

  append(batch: BatchHeader): void {
    assert(this.isNext(batch), 'batches continue the log: dense numbers and offsets, epochs that never go back');
    if (batch.epoch > this.tip.epoch) this.#starts.push({ epoch: batch.epoch, number: this.#end.number, offset: this.#end.offset });
    if (batch.memberList !== undefined) this.#lists.push({ number: batch.number, list: batch.memberList });
    for (const key of batch.keys) this.#addKey(key, batch);
    const start = this.#end;
    const timeBefore = this.#time;
    this.#time = laterOf(timeBefore, { lastTimestamp: batch.timestamp, lastAge: batch.age });
    this.#end = { number: batchNumber(batch.number + 1), offset: offset(batch.baseOffset + batch.entryCount) };
    this.#undurable.push({ start, end: this.#end, timeBefore });
    assert(this.epochAt(batch.number) === batch.epoch, 'a batch is known by the epoch in which it was written');
  }

  /**
   * Adds a part of the log that is durable in the storage, with the same effect as if each of its batches were appended and
   * flushed, and then `commit` called with its `committedEnd`.
   * @param keys - `undefined` if the log has pushed all of them out of the window for good
   */
  restore(part: LogPart, keys: KeySource | undefined): void {
    assert(this.isDurable, 'a log is restored before it grows');
    assert(this.continues(part), 'a restored part continues the log');
    for (const start of part.epochs) if (start.epoch > (this.#starts.at(-1)?.epoch ?? 0)) this.#starts.push(start);
    this.#lists.push(...part.lists);
    this.#time = laterOf(this.#time, part);
    this.#end = part.end;
    this.#durable = part.end;
    if (part.committedEnd > this.#toldCommitted) this.#toldCommitted = part.committedEnd;
    // One by one, so that no more keys are held at a time than the window has.
    keys?.visit((key, place) => {
      this.#addKey(key, place);
      this.#keys.evict(this.committedEnd);
    });
    this.#keys.evict(this.committedEnd);
  }

  /** Adds the identities of forwarded appends in a part that was restored. */
  restoreForwarded(identities: KeySource): void {
    identities.visit((key, place) => this.#forwarded.add(key, place));
  }

  #addKey(key: PlacedKey, place: KeyPlace): void {
    if (isIdentity(key)) this.#forwarded.add(key, place);
    else this.#keys.add(key, place);
  }

  /** Whether this part would continue the log. */
  continues(part: Pick<LogPart, 'start' | 'epochs'>): boolean {
    const { start, epochs } = part;
    const isNext = start.number === this.#end.number && start.offset === this.#end.offset;
    return isNext && (epochs[0]?.epoch ?? Number.POSITIVE_INFINITY) >= this.tip.epoch;
  }

  /** Makes room for this many keys at once. */
  expectKeys(count: number): void {
    this.#keys.expect(count);
  }

  /** The number of keys held, including those outside the window that a cut could bring back. */
  get keyCount(): number {
    return this.#keys.size;
  }

  /** Whether this batch would continue the log. */
  isNext(batch: BatchHeader): boolean {
    return batch.number === this.#end.number && batch.baseOffset === this.#end.offset && batch.epoch >= this.tip.epoch;
  }

  /**
   * Everything before batch number `end` is flushed. While a cut is in progress, such a report may be about batches that are
   * gone and whose numbers are used again: it is ignored, and `cutDone` makes up for it.
   */
  flushed(end: BatchNumber): void {
    if (this.#openCuts.size > 0) return;
    this.#markDurable(end);
  }

  #markDurable(end: BatchNumber): void {
    let flushedBatches = 0;
    for (const batch of this.#undurable) {
      if (batch.end.number > end) break;
      this.#durable = batch.end;
      flushedBatches += 1;
    }
    this.#undurable.splice(0, flushedBatches);
  }

  /** @param end - how far the log is committed, as the leader or a batch says; it counts only as far as this log goes */
  commit(end: Offset): void {
    const believed = Math.min(end, this.#end.offset);
    if (believed <= this.#toldCommitted) return;
    this.#toldCommitted = offset(believed);
    this.#keys.evict(this.committedEnd);
  }

  /** Like `commit`, for the leader, which counts batches: every batch before number `end` is committed. */
  commitBatches(end: BatchNumber): void {
    if (end > this.#committedNumber) this.#committedNumber = batchNumber(Math.min(end, this.#end.number));
  }

  /**
   * Removes everything from `point` on. The caller has made sure that none of it is committed.
   * @returns the number of this cut, which is in progress until `cutDone` is called with it
   */
  cut(point: LogPoint): number {
    this.#truncate(point);
    this.#cuts += 1;
    this.#openCuts.set(this.#cuts, point.number);
    return this.#cuts;
  }

  /** Removes everything, committed or not: this node gives up a cluster without messages for another one. */
  giveUp(): number {
    assert(this.#end.offset === 0, 'only a cluster without messages is given up');
    this.#committedNumber = batchNumber(0);
    return this.cut(logStart);
  }

  /** The storage has made the cut, and what it kept, up to `point`, is flushed. */
  cutDone(cut: LogTime & { readonly id: number; readonly point: LogPoint }): void {
    this.#openCuts.delete(cut.id);
    if (this.#openCuts.size > 0) return;
    this.#markDurable(cut.point.number);
    // If batches came in meanwhile, the time is already theirs.
    if (this.#end.number === cut.point.number) this.#time = { lastTimestamp: cut.lastTimestamp, lastAge: cut.lastAge };
  }

  #truncate(point: LogPoint): void {
    assert(point.number <= this.#end.number, 'a cut is inside the log');
    assert(point.offset >= this.committedEnd && point.number >= this.committedNumber, 'nothing committed is ever cut');
    this.#committedNumber = batchNumber(Math.min(this.#committedNumber, point.number));
    this.#toldCommitted = offset(Math.min(this.#toldCommitted, point.offset));
    this.#starts = historyBefore(this.#starts, point);
    this.#lists = this.#lists.filter((placed) => placed.number < point.number);
    this.#undurable = this.#undurable.filter((batch) => batch.end.number <= point.number);
    // The object may have more properties than a point. Only those of a point are kept.
    const end: LogPoint = { number: point.number, offset: point.offset };
    if (this.#durable.number > end.number) this.#durable = end;
    this.#end = end;
    this.#keys.cut(point.offset);
    this.#forwarded.cut(point.offset);
  }

  /**
   * Takes back batch `number` and all after it, because the storage had no room for them. None of them was durable. They may
   * have been cut already, and their numbers used again: then there is nothing to take back.
   * @returns whether they were in the log
   */
  rollBack(number: BatchNumber): boolean {
    for (const cutFrom of this.#openCuts.values()) if (cutFrom <= number) return false;
    const first = this.#undurable.find((batch) => batch.start.number === number);
    assert(first !== undefined, 'only what is not durable can be refused');
    this.#truncate(first.start);
    this.#time = first.timeBefore;
    return true;
  }

  #placeBefore(point: LogPoint): Place {
    const number = batchNumber(point.number - 1);
    return { epoch: point.number === 0 ? epoch(0) : this.epochAt(number), number };
  }
}

/** Neither of the two times goes back, whatever a batch says. */
function laterOf(before: LogTime, after: LogTime): LogTime {
  if (after.lastTimestamp >= before.lastTimestamp && after.lastAge >= before.lastAge) {
    return { lastTimestamp: after.lastTimestamp, lastAge: after.lastAge };
  }
  return {
    lastTimestamp: timestampMs(Math.max(before.lastTimestamp, after.lastTimestamp)),
    lastAge: logAge(Math.max(before.lastAge, after.lastAge)),
  };
}
