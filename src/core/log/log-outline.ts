/**
 * What the core knows of its own log: its ends, where epochs begin, which member lists and idempotency keys are in
 * it. No bytes; the storage has those.
 *
 * Invariants: `committedEnd <= durable <= end`, the latter in both coordinates. `end` and everything derived from
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
  /** Of the batch before it. */
  readonly timeBefore: LogTime;
}

export class LogOutline {
  readonly #keys: IdempotencyIndex;
  readonly #forwarded = new ForwardedAppends();
  #starts: EpochStart[] = [];
  #end: LogPoint = logStart;
  #durable: LogPoint = logStart;
  /** What this node was told is committed, of what it holds, durable or not. */
  #toldCommitted: Offset = offset(0);
  #committedNumber: BatchNumber = batchNumber(0);
  #time: LogTime = { lastTimestamp: timestampMs(0), lastAge: logAge(0) };
  /** Batches that are not durable yet, oldest first. */
  #undurable: Undurable[] = [];
  #lists: PlacedList[] = [];
  #cuts = 0;
  /** Cuts that the storage has not finished, and where each begins. */
  readonly #openCuts = new Map<number, BatchNumber>();

  constructor(limits: IdempotencyLimits) {
    this.#keys = new IdempotencyIndex(limits);
  }

  get end(): LogPoint {
    return this.#end;
  }

  /** One past what is flushed to this node's own storage. */
  get durable(): LogPoint {
    return this.#durable;
  }

  /** What this node knows to be committed: a lower bound, never more than it holds durably. */
  get committedEnd(): Offset {
    return offset(Math.min(this.#toldCommitted, this.#durable.offset));
  }

  /** The same in batches, as far as this node knows it so: who leads does, and markers and lists are no entries. */
  get committedNumber(): BatchNumber {
    return batchNumber(Math.min(this.#committedNumber, this.#durable.number));
  }

  /** A log with at least its first batch. */
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

  /** The list in force: the last one in the log, committed or not. */
  get list(): MemberList | undefined {
    return this.#lists.at(-1)?.list;
  }

  /** Number of the batch with the list in force; -1 without one. */
  get listNumber(): BatchNumber {
    return this.#lists.at(-1)?.number ?? batchNumber(-1);
  }

  epochAt(number: BatchNumber): Epoch {
    return epochAt(this.#starts, number);
  }

  /** The last batch with an append that another node passed on under an identity, of those that are known; -1: none. */
  get newestForwarded(): BatchNumber {
    return this.#forwarded.newest;
  }

  /** By the key of a client, or by the identity of a forwarded append: `forgotten` if nobody knows any more whether it is here. */
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
    assert(this.epochAt(batch.number) === batch.epoch, 'a batch is known by the epoch that it was written in');
  }

  /**
   * Takes over a stretch that lies durably in the storage, to the same effect as if each of its batches were appended,
   * flushed, and believed in what it says of `committedEnd`.
   * @param keys - `undefined` if the log has pushed all of them out of the window for good
   */
  restore(part: LogPart, keys: KeySource | undefined): void {
    assert(this.isDurable, 'a log is restored before it grows');
    assert(this.continues(part), 'stretches continue the log');
    for (const start of part.epochs) if (start.epoch > (this.#starts.at(-1)?.epoch ?? 0)) this.#starts.push(start);
    this.#lists.push(...part.lists);
    this.#time = laterOf(this.#time, part);
    this.#end = part.end;
    this.#durable = part.end;
    if (part.committedEnd > this.#toldCommitted) this.#toldCommitted = part.committedEnd;
    // One by one, so that never more keys are held than the window has.
    keys?.visit((key, place) => {
      this.#addKey(key, place);
      this.#keys.evict(this.committedEnd);
    });
    this.#keys.evict(this.committedEnd);
  }

  /** Takes over identities of forwarded appends in a stretch that was restored. */
  restoreForwarded(identities: KeySource): void {
    identities.visit((key, place) => this.#forwarded.add(key, place));
  }

  #addKey(key: PlacedKey, place: KeyPlace): void {
    if (isIdentity(key)) this.#forwarded.add(key, place);
    else this.#keys.add(key, place);
  }

  /** Whether this stretch would continue the log. */
  continues(part: Pick<LogPart, 'start' | 'epochs'>): boolean {
    const { start, epochs } = part;
    const isNext = start.number === this.#end.number && start.offset === this.#end.offset;
    return isNext && (epochs[0]?.epoch ?? Number.POSITIVE_INFINITY) >= this.tip.epoch;
  }

  /** Makes room for so many keys at once. */
  expectKeys(count: number): void {
    this.#keys.expect(count);
  }

  /** Keys held, those included that are outside the window and could come back into it by a cut. */
  get keyCount(): number {
    return this.#keys.size;
  }

  /** Whether this batch would continue the log. */
  isNext(batch: BatchHeader): boolean {
    return batch.number === this.#end.number && batch.baseOffset === this.#end.offset && batch.epoch >= this.tip.epoch;
  }

  /**
   * Everything before batch number `end` is flushed. While a cut is under way such a report may speak of batches that
   * are no more, under numbers that are used again: it counts for nothing, and `cutDone` makes up for it.
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

  /** @param end - what somebody who can know says is committed; this node believes no more of it than it holds */
  commit(end: Offset): void {
    const believed = Math.min(end, this.#end.offset);
    if (believed <= this.#toldCommitted) return;
    this.#toldCommitted = offset(believed);
    this.#keys.evict(this.committedEnd);
  }

  /** As `commit`, by who counted it: every batch before number `end`. */
  commitBatches(end: BatchNumber): void {
    if (end > this.#committedNumber) this.#committedNumber = batchNumber(Math.min(end, this.#end.number));
  }

  /**
   * Takes out everything from `point` on. The caller has made sure that nothing committed is among it.
   * @returns the number of this cut: it is done when `cutDone` says so
   */
  cut(point: LogPoint): number {
    this.#truncate(point);
    this.#cuts += 1;
    this.#openCuts.set(this.#cuts, point.number);
    return this.#cuts;
  }

  /** Takes out everything: a cluster of its own without a single message is given up for another one, committed or not. */
  giveUp(): number {
    assert(this.#end.offset === 0, 'only a cluster without messages is given up');
    this.#committedNumber = batchNumber(0);
    return this.cut(logStart);
  }

  /** The storage has cut: what it kept is flushed, up to `point`. */
  cutDone(cut: LogTime & { readonly id: number; readonly point: LogPoint }): void {
    this.#openCuts.delete(cut.id);
    if (this.#openCuts.size > 0) return;
    this.#markDurable(cut.point.number);
    // What came in meanwhile has a time of its own.
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
    // The point may come with more than a point has: what is kept of it is only that.
    const end: LogPoint = { number: point.number, offset: point.offset };
    if (this.#durable.number > end.number) this.#durable = end;
    this.#end = end;
    this.#keys.cut(point.offset);
    this.#forwarded.cut(point.offset);
  }

  /**
   * Takes back batch `number` and all behind it, which the storage could not take. None of them was durable. They may be
   * cut already, and their numbers in use again: then there is nothing to take back.
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

/** Neither of the two goes back, whatever a batch says. */
function laterOf(before: LogTime, after: LogTime): LogTime {
  if (after.lastTimestamp >= before.lastTimestamp && after.lastAge >= before.lastAge) {
    return { lastTimestamp: after.lastTimestamp, lastAge: after.lastAge };
  }
  return {
    lastTimestamp: timestampMs(Math.max(before.lastTimestamp, after.lastTimestamp)),
    lastAge: logAge(Math.max(before.lastAge, after.lastAge)),
  };
}
