/**
 * A log store under simulation: it passes everything on, and keeps a copy of what was appended. So the checkers can look at
 * any entry at once, and what the store reads back is compared with what was written.
 */

import type { Batch } from '../../core/model/batch.ts';
import type { BasePlan, Checkpoint, Survey, SurveyWish } from '../../core/model/checkpoint.ts';
import type { NodeState } from '../../core/model/events.ts';
import type { MemberList } from '../../core/model/members.ts';
import { offset } from '../../core/model/numbers.ts';
import type { BatchNumber, Offset, StorageId } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import { messageBounds } from '../../protocol/batch-codec.ts';
import { NoRoom } from '../../ports/ports.ts';
import type { CopyWish, LogCopy } from '../../storage/log-copy.ts';
import type { LogStore } from '../../storage/log-store.ts';
import { claim } from './claim.ts';
import type { KnownBatches } from './known-batches.ts';

/** A message and the epoch in which it was written: the same message, written again later, is another entry. */
export type SimEntry = `${string} of epoch ${number}`;

export function entryOf(message: string, epoch: number): SimEntry {
  return `${message} of epoch ${epoch}`;
}

export function messageOf(entry: SimEntry): string {
  return entry.slice(0, entry.lastIndexOf(' of epoch '));
}

export interface LogWatch {
  /** A read for a follower had to go to the disk. */
  readonly readFromDisk: () => void;
  /** Resolves when the disk answers reads. */
  readonly untilReadable: () => Promise<void>;
  /** From now on this storage holds these batches durably. */
  readonly flushed: (storage: StorageId, batches: readonly Batch[]) => void;
  readonly known: KnownBatches;
}

export class ShadowedLog implements LogStore {
  readonly #inner: LogStore;
  readonly #batches: Batch[] = [];
  #entries: SimEntry[] = [];
  /** One past the last batch that was flushed. */
  #durableEnd = 0;
  #storageId: StorageId | undefined;
  readonly #watch: LogWatch;

  private constructor(inner: LogStore, state: NodeState | undefined, watch: LogWatch) {
    this.#inner = inner;
    this.#storageId = state?.storageId;
    this.#watch = watch;
  }

  /** @param opened - what was recovered, with all its batches, which are durable */
  static over(
    opened: { readonly store: LogStore; readonly state: NodeState | undefined; readonly batches: readonly Batch[] },
    watch: LogWatch,
  ): ShadowedLog {
    const log = new ShadowedLog(opened.store, opened.state, watch);
    for (const batch of opened.batches) log.#push(batch);
    log.#markDurable(log.#batches.length);
    return log;
  }

  /** `undefined` while nothing was promised and nothing stored. */
  get storageId(): StorageId | undefined {
    return this.#storageId;
  }

  get batches(): readonly Batch[] {
    return this.#batches;
  }

  /** Those of them that a crash leaves. */
  get durable(): readonly Batch[] {
    return this.#batches.slice(0, this.#durableEnd);
  }

  /** The member lists in the log, the newest first. */
  *lists(): IterableIterator<{ readonly number: BatchNumber; readonly list: MemberList }> {
    for (const { number, memberList } of this.#batches.toReversed()) if (memberList !== undefined) yield { number, list: memberList };
  }

  /** Entries `[start, end)`, as far as they were appended, durable or not. */
  entries(start: number, end: number): readonly SimEntry[] {
    return this.#entries.slice(start, end);
  }

  async append(batches: readonly Batch[]): Promise<void> {
    await this.#inner.append(batches);
    for (const batch of batches) this.#push(batch);
  }

  async cut(point: LogPoint): ReturnType<LogStore['cut']> {
    const result = await this.#inner.cut(point);
    this.#batches.length = point.number;
    this.#durableEnd = point.number;
    this.#entries = this.#entries.slice(0, point.offset);
    return result;
  }

  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const { base } = this.#inner;
    const read = this.#inner.readFrom(from, bytesMax);
    if (!(read instanceof Promise)) return this.#checked(read, base);
    this.#watch.readFromDisk();
    return read.then(async (batches) => {
      await this.#watch.untilReadable();
      return this.#checked(batches, base);
    });
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]> {
    const { base } = this.#inner;
    const read = this.#inner.readEntriesFrom(from, bytesMax);
    return read instanceof Promise ? read.then((batches) => this.#checked(batches, base)) : this.#checked(read, base);
  }

  copy(wish: CopyWish): LogCopy {
    return this.#inner.copy(wish);
  }

  get base(): LogPoint {
    return this.#inner.base;
  }

  get checkpointBytes(): number {
    return this.#inner.checkpointBytes;
  }

  async rebase(plan: BasePlan): Promise<void> {
    const { base } = plan;
    claim(base.number <= this.#durableEnd, () => `a base lies in what is flushed: at batch ${base.number} of ${this.#durableEnd}`);
    await this.#inner.rebase(plan);
    if (this.#inner.base.number !== base.number) return;
    try {
      const bytes = await this.#inner.readCheckpoint(base.number, 0, this.#inner.checkpointBytes);
      claim(bytes !== undefined, 'a storage has the checkpoint of its base');
      this.#watch.known.checkCheckpoint(base.number, bytes);
    } catch (error) {
      // No descriptor is free to look at it with.
      if (!(error instanceof NoRoom)) throw error;
    }
  }

  readCheckpoint(base: BatchNumber, position: number, bytesMax: number): ReturnType<LogStore['readCheckpoint']> {
    return this.#inner.readCheckpoint(base, position, bytesMax);
  }

  receiveCheckpoint(position: number, bytes: Uint8Array): Promise<void> {
    return this.#inner.receiveCheckpoint(position, bytes);
  }

  async installCheckpoint(base: LogPoint): Promise<Checkpoint> {
    const checkpoint = await this.#inner.installCheckpoint(base);
    this.#batches.length = 0;
    this.#entries = [];
    for (const batch of this.#watch.known.before(base, checkpoint.epochs)) this.#push(batch);
    this.#markDurable(base.number);
    return checkpoint;
  }

  survey(wish: SurveyWish): Promise<Survey> {
    return this.#inner.survey(wish);
  }

  async flush(): Promise<BatchNumber> {
    const end = await this.#inner.flush();
    this.#markDurable(Math.min(end, this.#batches.length));
    return end;
  }

  async saveState(state: NodeState): Promise<void> {
    await this.#inner.saveState(state);
    if (this.#storageId === state.storageId) return;
    this.#storageId = state.storageId;
    // If the disk forgot a part of the log, what is left belongs to the new storage.
    this.#watch.flushed(state.storageId, this.durable);
  }

  get noteWish(): LogStore['noteWish'] {
    return this.#inner.noteWish;
  }

  note(): Promise<void> {
    return this.#inner.note();
  }

  maintain(): Promise<void> {
    return this.#inner.maintain();
  }

  scrubSome(): Promise<void> {
    return this.#inner.scrubSome();
  }

  hasRoomFor(bytes: number): Promise<boolean> {
    return this.#inner.hasRoomFor(bytes);
  }

  freeBytes(): Promise<number> {
    return this.#inner.freeBytes();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #markDurable(end: number): void {
    if (end <= this.#durableEnd) return;
    claim(this.#storageId !== undefined, 'a storage has its id before its first batch');
    this.#watch.flushed(this.#storageId, this.#batches.slice(this.#durableEnd, end));
    this.#durableEnd = end;
  }

  #push(batch: Batch): void {
    claim(batch.number === this.#batches.length && batch.baseOffset === this.#entries.length, 'a store takes only what continues its log');
    this.#batches.push(batch);
    this.#watch.known.add(batch);
    const bounds = messageBounds(batch);
    for (let index = 0; index < batch.entryCount; index += 1) {
      const message = Buffer.from(batch.bytes.subarray(bounds[2 * index] ?? 0, bounds[2 * index + 1] ?? 0)).toString();
      this.#entries.push(entryOf(message, batch.epoch));
    }
  }

  /**
   * A batch that was cut during the read does not count; any other must be what was written.
   *
   * @param base - when the read began
   */
  #checked(batches: readonly Batch[], base: LogPoint): readonly Batch[] {
    for (const batch of batches) {
      claim(batch.number >= base.number, () => `a read returns nothing from before the base: batch ${batch.number}`);
      const written = this.#batches[batch.number];
      const isSame = written === undefined || written.epoch !== batch.epoch || written.checksum === batch.checksum;
      claim(isSame && batch.baseOffset >= offset(0), () => `a read returns what was written: batch ${batch.number}`);
    }
    return batches;
  }
}
