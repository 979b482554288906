/** The log in memory: the same interface without a folder. After a restart it is empty, and so has a new storage id. */

import { assert } from '../core/model/assert.ts';
import { idempotencyLimits } from '../core/log/idempotency-index.ts';
import type { IdempotencyLimits } from '../core/log/idempotency-index.ts';
import type { Batch } from '../core/model/batch.ts';
import type { BasePlan, Checkpoint, Survey, SurveyWish } from '../core/model/checkpoint.ts';
import type { LogTime } from '../core/model/log-part.ts';
import { batchNumber, logAge, offset, timestampMs } from '../core/model/numbers.ts';
import type { BatchNumber, Offset } from '../core/model/numbers.ts';
import { partitionPoint } from '../core/model/partition-point.ts';
import { logStart } from '../core/model/place.ts';
import type { LogPoint } from '../core/model/place.ts';
import { decodeCheckpoint } from './checkpoints/checkpoint-files.ts';
import { compose } from './checkpoints/compose.ts';
import { keyPartIn } from './checkpoints/checkpoint-files.ts';
import { SegmentMetadata } from './format/segment-metadata.ts';
import { isBefore, isBehind, pointOf } from './log-copy.ts';
import type { CopyWish, LogCopy } from './log-copy.ts';
import type { LogStore } from './log-store.ts';
import { RecentBatches } from './recent-batches.ts';

/** What a base would have to free to be worth a checkpoint. */
const freedBytesMin = 4 * 1024 * 1024;
/** How often, in bytes, a base may move; set for tests. */
export interface MemoryLogOptions {
  readonly freedBytesMin?: number;
  readonly idempotency?: IdempotencyLimits;
}

export class MemoryLog implements LogStore {
  readonly #batches = new RecentBatches(Number.POSITIVE_INFINITY);
  readonly #freedBytesMin: number;
  readonly #limits: IdempotencyLimits;
  #base: LogPoint = logStart;
  /** Of the batch before the base. */
  #before: LogTime = { lastTimestamp: timestampMs(0), lastAge: logAge(0) };
  #checkpoint: Buffer = Buffer.alloc(0);
  #received: Buffer = Buffer.alloc(0);
  /** The base or the checkpoint in progress, and all before it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: MemoryLogOptions = {}) {
    this.#freedBytesMin = options.freedBytesMin ?? freedBytesMin;
    this.#limits = options.idempotency ?? idempotencyLimits;
  }

  append(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) this.#batches.push(batch);
    return Promise.resolve();
  }

  flush(): Promise<BatchNumber> {
    return Promise.resolve(this.#end);
  }

  cut(point: LogPoint): Promise<LogTime> {
    this.#batches.cut(point.number);
    assert(this.#end === point.number, 'a cut is inside the log');
    const { last } = this.#batches;
    return Promise.resolve(last === undefined ? this.#before : { lastTimestamp: last.timestamp, lastAge: last.age });
  }

  get #end(): BatchNumber {
    const { last } = this.#batches;
    return last === undefined ? this.#base.number : batchNumber(last.number + 1);
  }

  /** A log in memory needs no note: nothing is expected of it after a restart. */
  readonly noteWish: LogStore['noteWish'] = undefined;

  note(): Promise<void> {
    return Promise.resolve();
  }

  saveState(): Promise<void> {
    return Promise.resolve();
  }

  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] {
    return this.#batches.readFrom(from, bytesMax) ?? [];
  }

  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] {
    return this.#batches.readEntriesFrom(from, bytesMax) ?? [];
  }

  get base(): LogPoint {
    return this.#base;
  }

  get checkpointBytes(): number {
    return this.#checkpoint.length;
  }

  rebase(plan: BasePlan): Promise<void> {
    return this.#inTurn(() => this.#rebase(plan));
  }

  async #rebase(plan: BasePlan): Promise<void> {
    const { base } = plan;
    if (base.number <= this.#base.number) return;
    const gone = new SegmentMetadata(this.#base);
    for (const batch of this.#batches.all) if (batch.number < base.number) gone.add(batch, gone.size);
    const keys = { keys: () => gone.keys.pieces, identities: () => gone.identities.pieces };
    const before = this.#checkpoint.length === 0 ? [] : [keyPartIn(this.#checkpoint)];
    const pieces: Buffer[] = [];
    for await (const piece of compose(plan, [...before, keys])) pieces.push(piece);
    this.#checkpoint = Buffer.concat(pieces);
    this.#beginAt(base);
    this.#batches.drop(base.number);
  }

  readCheckpoint(base: BatchNumber, position: number, bytesMax: number): Promise<Buffer | undefined> {
    return Promise.resolve(base === this.#base.number ? this.#checkpoint.subarray(position, position + bytesMax) : undefined);
  }

  receiveCheckpoint(position: number, bytes: Uint8Array): Promise<void> {
    this.#received = Buffer.concat([this.#received.subarray(0, position), bytes]);
    return Promise.resolve();
  }

  installCheckpoint(base: LogPoint): Promise<Checkpoint> {
    return this.#inTurn(async () => {
      const checkpoint = await decodeCheckpoint(this.#received, base, this.#limits);
      this.#checkpoint = this.#received;
      this.#received = Buffer.alloc(0);
      this.#batches.cut(batchNumber(0));
      this.#beginAt(checkpoint.base);
      return checkpoint;
    });
  }

  survey({ olderThan, bytesMax, before }: SurveyWish): Promise<Survey> {
    const batches = this.#batches.all;
    const { bytes } = this.#batches;
    const firstWhere = (holds: (batch: Batch) => boolean): Offset => {
      const found = batches.find(holds);
      const { last } = this.#batches;
      return found?.baseOffset ?? offset(last === undefined ? this.#base.offset : last.baseOffset + last.entryCount);
    };
    let older = bytes - (bytesMax ?? bytes);
    const goes = (batch: Batch): boolean => {
      const isGoing = older > 0;
      older -= batch.bytes.length;
      return isGoing;
    };
    const ofAge = olderThan === undefined ? undefined : firstWhere(({ timestamp }) => timestamp >= olderThan);
    const ofBytes = older <= 0 ? undefined : firstWhere((batch) => !goes(batch));
    return Promise.resolve({
      ofAge,
      ofBytes,
      base: this.#baseBefore(offset(Math.max(before, ofAge ?? 0, ofBytes ?? 0))),
      storedBytes: bytes,
      oldest: batches[0]?.timestamp,
    });
  }

  /** What is in memory stays there for as long as the copy refers to it. */
  copy({ from, committed }: CopyWish): LogCopy {
    const base = this.#base;
    const checkpoint = from === undefined ? this.#checkpoint : Buffer.alloc(0);
    const batches = this.#batches.all.filter((batch) => !isBehind(pointOf(batch), committed) && !isBefore(batch, base, from));
    let next = 0;
    return {
      base,
      committed,
      checkpointBytes: checkpoint.length,
      batchBytes: batches.reduce((sum, { bytes }) => sum + bytes.length, 0),
      readCheckpoint: (position, bytesMax) => Promise.resolve(checkpoint.subarray(position, position + bytesMax)),
      read: (bytesMax) => {
        const start = next;
        let bytes = 0;
        for (let batch = batches[next]; batch !== undefined && bytes < bytesMax; batch = batches[next]) {
          bytes += batch.bytes.length;
          next += 1;
        }
        return Promise.resolve(next === start ? undefined : batches.slice(start, next));
      },
      close: () => {
        next = batches.length;
        return Promise.resolve();
      },
    };
  }

  maintain(): Promise<void> {
    return Promise.resolve();
  }

  scrubSome(): Promise<void> {
    return Promise.resolve();
  }

  hasRoomFor(): Promise<boolean> {
    return Promise.resolve(true);
  }

  freeBytes(): Promise<number> {
    return Promise.resolve(Number.POSITIVE_INFINITY);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #beginAt({ number, offset: first, lastTimestamp, lastAge }: LogPoint & LogTime): void {
    this.#base = { number, offset: first };
    this.#before = { lastTimestamp, lastAge };
  }

  /** There are no segments: a base is worth its checkpoint when it frees enough. */
  #baseBefore(entry: Offset): Survey['base'] {
    const batches = this.#batches.all;
    const count = partitionPoint(batches.length, (at) => (batches[at]?.baseOffset ?? 0) <= entry);
    const [before, first] = [batches[count - 2], batches[count - 1]];
    if (before === undefined || first === undefined) return undefined;
    const freedBytes = batches.slice(0, count - 1).reduce((sum, batch) => sum + batch.bytes.length, 0);
    if (freedBytes < this.#freedBytesMin) return undefined;
    return { number: first.number, offset: first.baseOffset, lastTimestamp: before.timestamp, lastAge: before.age, freedBytes };
  }
}
