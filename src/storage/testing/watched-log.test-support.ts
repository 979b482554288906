/** The real log on a disk that records its events, with a record of everything that the log promises beside them. */

import type { Batch } from '../../core/model/batch.ts';
import type { NodeState } from '../../core/model/events.ts';
import type { LogOutline } from '../../core/log/log-outline.ts';
import { batchNumber, nodeId, offset, storageId } from '../../core/model/numbers.ts';
import type { MemberList } from '../../core/model/members.ts';
import type { Held, LogPoint } from '../../core/model/place.ts';
import { NoRoom } from '../../ports/ports.ts';
import { asBuffer } from '../../protocol/batch-codec.ts';
import type { CrashDisk } from './crash-disk.test-support.ts';
import { nothingPromised, promisedAfter } from './promises.test-support.ts';
import type { Note, Promised } from './promises.test-support.ts';
import { recover } from '../recovery.ts';
import type { SegmentCounts } from '../recovery.ts';
import type { SegmentedLog } from '../segmented-log.ts';

export const recoveryOptions = {
  node: nodeId('n'),
  segmentBytesMax: 600,
  drawStorageId: () => storageId('drawn'),
  recentBytesMax: 0,
  cutCopies: { bytesMax: Number.POSITIVE_INFINITY },
  idempotency: { keysMax: 100, windowMs: 1000 * 60_000 },
};

/** What a start found in a folder. */
export interface Opened {
  readonly store: SegmentedLog;
  readonly end: LogPoint;
  readonly log: readonly Buffer[];
  readonly state: NodeState | undefined;
  /** Everything else that the start knows about the log. */
  readonly summary: {
    readonly epochs: readonly unknown[];
    readonly list: MemberList | undefined;
    readonly committedEnd: number;
    readonly lastTimestamp: number;
    readonly durable: LogPoint;
    readonly keyCount: number;
    /** For each key in the log, what a retry would find. */
    readonly keys: readonly ReturnType<LogOutline['findKey']>[];
  };
  readonly tornBytes: number;
  readonly forgot: Held | undefined;
  readonly segments: SegmentCounts;
}

/** Starts, reads the whole log, and lets the scrubber read everything that the start left out. */
export async function openLog(disk: CrashDisk): Promise<Opened> {
  const { store, outline, state, forgot, tornBytes, segments } = await recover(disk, recoveryOptions);
  const log: Buffer[] = [];
  const keys: ReturnType<LogOutline['findKey']>[] = [];
  for (;;) {
    const batches = await store.readFrom(batchNumber(log.length), Number.POSITIVE_INFINITY);
    if (batches.length === 0) break;
    for (const batch of batches) {
      log.push(asBuffer(batch.bytes));
      for (const key of batch.keys) keys.push(outline.findKey(key));
    }
  }
  if (log.length !== outline.end.number) throw new Error(`${log.length} batches can be read of ${outline.end.number}`);
  while (!store.isVerified) await store.scrubSome();
  const { list, committedEnd, lastTimestamp, durable, keyCount } = outline;
  const summary = { epochs: outline.shape.starts, list, committedEnd, lastTimestamp, durable, keyCount, keys };
  return { store, end: outline.end, log, state, summary, tornBytes, forgot, segments };
}

export class WatchedLog {
  readonly disk: CrashDisk;
  readonly store: SegmentedLog;
  readonly #opened: Opened;
  /** The promises, each with the number of disk events before it. */
  readonly #notes: { readonly at: number; readonly note: Note }[] = [];
  /** Where each batch of this start begins, and where the log ends. */
  #ends: LogPoint[] = [];
  #end: LogPoint;

  constructor(disk: CrashDisk, opened: Opened) {
    this.disk = disk;
    this.store = opened.store;
    this.#opened = opened;
    this.#end = opened.end;
  }

  get end(): LogPoint {
    return this.#end;
  }

  /** What had been promised when this many disk events had happened. */
  promisedAt(eventCount: number): Promised {
    let promised = nothingPromised(this.#opened);
    for (const { at, note } of this.#notes) if (at <= eventCount) promised = promisedAfter(promised, note);
    return promised;
  }

  /** @param make - each makes the next batch for a point */
  async append(...make: readonly ((at: LogPoint) => Batch)[]): Promise<void> {
    const start = this.#end;
    const batches: Batch[] = [];
    for (const each of make) {
      const batch = each(this.#end);
      batches.push(batch);
      this.#ends.push(this.#end);
      this.#end = { number: batchNumber(batch.number + 1), offset: offset(batch.baseOffset + batch.entryCount) };
    }
    this.#note({ kind: 'appendBegun', batches });
    try {
      await this.store.append(batches);
    } catch (error) {
      if (!(error instanceof NoRoom)) throw error;
      this.#note({ kind: 'appendRefused', count: batches.length });
      this.#ends = this.#ends.filter((point) => point.number < start.number);
      this.#end = start;
    }
  }

  async flush(): Promise<void> {
    this.#note({ kind: 'flushed', end: await this.store.flush() });
  }

  /** @param number - the first batch to remove, which must not be from before this start */
  async cut(number: number): Promise<void> {
    const point = number === this.#end.number ? this.#end : this.#ends.find((start) => start.number === number);
    if (point === undefined) throw new Error(`batch ${number} was not written by this start`);
    this.#note({ kind: 'cutBegun', end: number });
    await this.store.cut(point);
    this.#note({ kind: 'cutDone' });
    this.#ends = this.#ends.filter((start) => start.number < number);
    this.#end = point;
  }

  async save(state: NodeState): Promise<void> {
    this.#note({ kind: 'saveBegun', state });
    await this.store.saveState(state);
    this.#note({ kind: 'saved' });
  }

  #note(note: Note): void {
    this.#notes.push({ at: this.disk.events.length, note });
  }
}
