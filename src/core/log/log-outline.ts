/**
 * What the core knows about its own log: its ends, where epochs begin, and which member lists and idempotency keys are in
 * it. The storage has the bytes.
 *
 * Invariants: `committedEnd <= durable <= end`, for `durable` and `end` in both coordinates. `end` and everything derived from
 * it (the list in force, the keys) include what is not durable yet.
 */

import { assert } from '../model/assert.ts';
import { placedControl } from '../model/batch.ts';
import type { AppendKey, BatchHeader } from '../model/batch.ts';
import type { BasePlan, Checkpoint } from '../model/checkpoint.ts';
import { epochAt, historyBefore } from '../model/epoch-history.ts';
import type { EpochStart, LogShape } from '../model/epoch-history.ts';
import { OpenCuts } from './open-cuts.ts';
import { Controls } from './controls.ts';
import { Unflushed } from './unflushed.ts';
import type { AppendIndex, KnownAppend } from '../model/append-index.ts';
import { KnownAppends } from './known-appends.ts';
import type { IdempotencyLimits } from './idempotency-index.ts';
import { laterTimeOf } from '../model/log-part.ts';
import type { KeySource, LogPart, LogTime, PlacedList } from '../model/log-part.ts';
import type { MemberList } from '../model/members.ts';
import { batchNumber, epoch, logAge, offset, timestampMs } from '../model/numbers.ts';
import type { BatchNumber, Epoch, LogAge, Offset, TimestampMs } from '../model/numbers.ts';
import { logStart } from '../model/place.ts';
import type { LogPoint, Place } from '../model/place.ts';

export class LogOutline {
  #appends: AppendIndex;
  #starts: EpochStart[] = [];
  #end: LogPoint = logStart;
  #durable: LogPoint = logStart;
  /** How far this node was told that the log is committed, limited to what it holds, durable or not. */
  #toldCommitted: Offset = offset(0);
  #committedNumber: BatchNumber = batchNumber(0);
  #time: LogTime = { lastTimestamp: timestampMs(0), lastAge: logAge(0) };
  readonly #unflushed = new Unflushed();
  #lists: PlacedList[] = [];
  readonly #controls = new Controls();
  /** Where this node's own log begins: what lies before is in its checkpoint. */
  #base: LogPoint = logStart;
  readonly #cuts = new OpenCuts();

  constructor(limits: IdempotencyLimits) {
    this.#appends = new KnownAppends(limits);
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

  /** The same in batches, which also covers markers, member lists and controls. */
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
    return this.#cuts.oldest;
  }

  /** Whether the storage is replacing the log by a checkpoint. */
  get isReplacing(): boolean {
    return this.#cuts.isReplacing;
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

  /** What was decided about the log, as far as it is committed. */
  get controls(): Pick<Controls, 'firstOffset' | 'retention' | 'base' | 'newest' | 'isOpen'> {
    return this.#controls;
  }

  /** The first batch of this node's own log. What must be known of those before it is in its checkpoint. */
  get base(): LogPoint {
    return this.#base;
  }

  /** The base that the cluster has decided, if this node's own log still begins below it. */
  get baseWanted(): BasePlan | undefined {
    const { decided } = this.#controls;
    const number = decided?.base.number ?? 0;
    if (decided === undefined || number <= this.#base.number) return undefined;
    const before = (placed: { readonly number: BatchNumber }): boolean => placed.number < number;
    return { ...decided, epochs: this.#starts.filter(before), lists: this.#lists.filter(before).slice(-1) };
  }

  /** The first entry whose idempotency key can still be asked for. */
  get keysFrom(): Offset {
    return this.#appends.firstKeyOffset(this.#time.lastAge) ?? this.#end.offset;
  }

  /** This node's own log begins at `base` from now on: its storage has the checkpoint. */
  rebased({ number, offset: first }: LogPoint): void {
    if (number <= this.#base.number) return;
    this.#base = { number, offset: first };
    this.#lists.splice(0, this.#lists.filter((placed) => placed.number < number).length - 1);
  }

  epochAt(number: BatchNumber): Epoch {
    return epochAt(this.#starts, number);
  }

  /** @see KnownAppends.newestForwarded */
  get newestForwarded(): BatchNumber {
    return this.#appends.newestForwarded;
  }

  /** Finds an append by a client's key or a forwarder's identity; `forgotten` if it is no longer known whether it is here. */
  findKey(key: AppendKey): KnownAppend | 'forgotten' | undefined {
    return this.#appends.find(key, this.#time.lastAge);
  }

  append(batch: BatchHeader): void {
    assert(this.isNext(batch), 'batches continue the log: dense numbers and offsets, epochs that never go back');
    if (batch.epoch > this.tip.epoch) this.#starts.push({ epoch: batch.epoch, number: this.#end.number, offset: this.#end.offset });
    if (batch.memberList !== undefined) this.#lists.push({ number: batch.number, list: batch.memberList });
    if (batch.control !== undefined) this.#controls.add(placedControl(batch, batch.control));
    for (const key of batch.keys) this.#appends.add(key, batch);
    const start = this.#end;
    const timeBefore = this.#time;
    this.#time = laterTimeOf(timeBefore, { lastTimestamp: batch.timestamp, lastAge: batch.age });
    this.#end = { number: batchNumber(batch.number + 1), offset: offset(batch.baseOffset + batch.entryCount) };
    this.#unflushed.push({ start, end: this.#end, timeBefore });
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
    for (const placed of part.controls) this.#controls.add(placed);
    this.#time = laterTimeOf(this.#time, part);
    this.#end = part.end;
    this.#durable = part.end;
    if (part.committedEnd > this.#toldCommitted) this.#toldCommitted = part.committedEnd;
    this.#settle();
    if (keys !== undefined) this.#appends.restore(keys, this.committedEnd);
    this.#appends.evict(this.committedEnd);
  }

  /** Adds the identities of forwarded appends in a part that was restored. */
  restoreForwarded(identities: KeySource): void {
    this.#appends.restoreForwarded(identities);
  }

  /** A log that begins with a checkpoint: what lies before its base is as committed as the base itself. */
  restoreBase(checkpoint: Checkpoint): void {
    const { base, epochs, lists, appends } = checkpoint;
    const { number, offset: end } = base;
    assert(number >= this.#end.number, 'a checkpoint is ahead of the log that it replaces');
    this.#starts = [...epochs];
    this.#lists = [...lists];
    this.#end = { number, offset: end };
    this.#unflushed.cut(logStart);
    this.#durable = this.#end;
    this.#base = this.#end;
    this.#toldCommitted = end;
    this.#committedNumber = number;
    this.#time = { lastTimestamp: base.lastTimestamp, lastAge: base.lastAge };
    this.#controls.restore(base);
    this.#appends = appends;
    this.#appends.keepFor(this.#controls.retention);
  }

  /** Controls that are committed by now come into force. */
  #settle(): void {
    if (this.#controls.commit({ end: this.committedEnd, number: this.committedNumber })) this.#appends.keepFor(this.#controls.retention);
  }

  /** Whether this part would continue the log. */
  continues(part: Pick<LogPart, 'start' | 'epochs'>): boolean {
    const { start, epochs } = part;
    const isNext = start.number === this.#end.number && start.offset === this.#end.offset;
    return isNext && (epochs[0]?.epoch ?? Number.POSITIVE_INFINITY) >= this.tip.epoch;
  }

  /** The number of keys held, including those outside the window that a cut could bring back. */
  get keyCount(): number {
    return this.#appends.keyCount;
  }

  /** Whether this batch would continue the log. */
  isNext(batch: BatchHeader): boolean {
    const isBehind = batch.number === this.#end.number && batch.baseOffset === this.#end.offset && batch.epoch >= this.tip.epoch;
    return isBehind && (batch.control === undefined || this.#controls.isPossible(batch.control, batch));
  }

  /**
   * Everything before batch number `end` is flushed. While a cut is in progress, such a report may be about batches that are
   * gone and whose numbers are used again: it is ignored, and `cutDone` makes up for it.
   */
  flushed(end: BatchNumber): void {
    if (this.#cuts.isEmpty) this.#markDurable(end);
  }

  #markDurable(end: BatchNumber): void {
    this.#durable = this.#unflushed.flushed(end) ?? this.#durable;
    this.#settle();
  }

  /** @param end - how far the log is committed, as the leader or a batch says; it counts only as far as this log goes */
  commit(end: Offset): void {
    const believed = Math.min(end, this.#end.offset);
    if (believed <= this.#toldCommitted) return;
    this.#toldCommitted = offset(believed);
    this.#settle();
    this.#appends.evict(this.committedEnd);
  }

  /** Like `commit`, in batches: every batch before number `end` is committed. */
  commitBatches(end: BatchNumber): void {
    if (end <= this.#committedNumber) return;
    this.#committedNumber = batchNumber(Math.min(end, this.#end.number));
    this.#settle();
  }

  /**
   * Removes everything from `point` on. The caller has made sure that none of it is committed.
   * @returns the number of this cut, which is in progress until `cutDone` is called with it
   */
  cut(point: LogPoint): number {
    this.#truncate(point);
    return this.#cuts.begin(point.number);
  }

  /** Removes everything, committed or not: this node gives up a cluster without messages for another one. */
  giveUp(): number {
    assert(this.#end.offset === 0, 'only a cluster without messages is given up');
    this.#committedNumber = batchNumber(0);
    this.#controls.clear();
    return this.cut(logStart);
  }

  /** The storage replaces the log by a checkpoint. Until `restoreBase` or `cutDone`, nothing may be built on this log. */
  beginReplacing(): number {
    return this.#cuts.beginReplacing();
  }

  /** The storage has replaced the log, or, if `checkpoint` is `undefined`, has not. */
  replaced(cutId: number, checkpoint: Checkpoint | undefined): void {
    this.#cuts.done(cutId);
    if (checkpoint !== undefined) this.restoreBase(checkpoint);
  }

  /** The storage has made the cut, and what it kept, up to `point`, is flushed. */
  cutDone(cut: LogTime & { readonly id: number; readonly point: LogPoint }): void {
    this.#cuts.done(cut.id);
    if (!this.#cuts.isEmpty) return;
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
    this.#controls.cut(point.number);
    this.#unflushed.cut(point);
    // The object may have more properties than a point. Only those of a point are kept.
    const end: LogPoint = { number: point.number, offset: point.offset };
    if (this.#durable.number > end.number) this.#durable = end;
    this.#end = end;
    this.#appends.cut(point.offset);
  }

  /**
   * Takes back batch `number` and all after it, because the storage had no room for them. None of them was durable. They may
   * have been cut already, and their numbers used again: then there is nothing to take back.
   * @returns whether they were in the log
   */
  rollBack(number: BatchNumber): boolean {
    if (this.#cuts.removes(number)) return false;
    const first = this.#unflushed.find(number);
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
