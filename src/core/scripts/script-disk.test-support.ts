/**
 * The storage of a node in an interaction script. It does nothing until it is told to, and after a crash it has exactly what
 * was flushed.
 */

import { assert } from '../model/assert.ts';
import type { Batch, BatchDraft } from '../model/batch.ts';
import type { Feed, LogWork, NodeState, Ready, ReplicaEvent } from '../model/events.ts';
import type { IdempotencyLimits } from '../log/idempotency-index.ts';
import { LogOutline } from '../log/log-outline.ts';
import { batchNumber, logAge, timestampMs } from '../model/numbers.ts';

/** The size of an entry, and of a batch without entries. */
export const entryBytes = 10;

type StoreWork = { readonly kind: 'store'; readonly batch: Batch } | Exclude<LogWork, { kind: 'write' }>;

export class ScriptDisk {
  #queue: StoreWork[] = [];
  #batches: Batch[] = [];
  /** How many of the batches survive a crash. */
  #flushedCount = 0;
  #unsaved: Ready['save'];
  #saved: NodeState | undefined;
  /** Whether it hangs: then it does nothing by itself during `settle`. */
  isStalled = false;

  get isWritePending(): boolean {
    return this.#queue.length > 0;
  }

  get isFlushPending(): boolean {
    return !this.isStalled && (this.isWritePending || this.#flushedCount < this.#batches.length);
  }

  get isSavePending(): boolean {
    return !this.isStalled && this.#unsaved !== undefined;
  }

  push(work: LogWork): void {
    this.#queue.push(work.kind === 'write' ? { kind: 'store', batch: encode(work.draft) } : work);
  }

  /** Does all pending writes and cuts, without a flush. A cut flushes what it leaves. */
  write(): ReplicaEvent[] {
    const events: ReplicaEvent[] = [];
    for (const work of this.#queue) {
      if (work.kind === 'store') {
        assert(work.batch.number === this.#batches.length, 'batches are written in order');
        this.#batches.push(work.batch);
        events.push({ kind: 'written', end: batchNumber(this.#batches.length) });
      } else if (work.kind === 'locate') {
        events.push({ kind: 'located', locateId: work.locateId, offset: this.#batches[work.number]?.baseOffset });
      } else {
        assert(work.kind === 'cut', 'no script has checkpoints');
        this.#batches.length = work.point.number;
        this.#flushedCount = work.point.number;
        const last = this.#batches.at(-1);
        const time = { lastTimestamp: last?.timestamp ?? timestampMs(0), lastAge: last?.age ?? logAge(0) };
        events.push({ kind: 'logCut', cutId: work.cutId, point: work.point, ...time });
      }
    }
    this.#queue = [];
    return events;
  }

  flush(): ReplicaEvent[] {
    const events = this.write();
    if (this.#flushedCount === this.#batches.length) return events;
    this.#flushedCount = this.#batches.length;
    return [...events, { kind: 'flushed', end: batchNumber(this.#flushedCount) }];
  }

  keep(save: NonNullable<Ready['save']>): void {
    this.#unsaved = save;
  }

  save(): ReplicaEvent[] {
    if (this.#unsaved === undefined) return [];
    const { state, version } = this.#unsaved;
    this.#saved = state;
    this.#unsaved = undefined;
    return [{ kind: 'stateSaved', version }];
  }

  /** Whether this feed must be read from disk, because memory holds only the last `recentCount` batches. */
  isOutOfMemory(feed: Feed, recentCount: number): boolean {
    return feed.from < this.#batches.length - recentCount;
  }

  /** The batches of a feed: no more bytes than it asks for, but at least one batch, if there is one. */
  read({ from, end, bytesMax }: Feed): readonly Batch[] {
    const read: Batch[] = [];
    let bytes = 0;
    for (const batch of this.#batches.slice(from, end)) {
      bytes += batch.bytes.length;
      if (read.length > 0 && bytes > bytesMax) break;
      read.push(batch);
    }
    return read;
  }

  crash(): void {
    this.#queue = [];
    this.#unsaved = undefined;
    this.#batches.length = this.#flushedCount;
  }

  wipe(): void {
    this.crash();
    this.#batches = [];
    this.#flushedCount = 0;
    this.#saved = undefined;
  }

  /** The newest flushed batches are gone, and no note says that they were flushed. */
  forget(batchCount: number): void {
    this.crash();
    this.#batches.length -= batchCount;
    this.#flushedCount = this.#batches.length;
  }

  recover(limits: IdempotencyLimits): { readonly outline: LogOutline; readonly state: NodeState | undefined } {
    const outline = new LogOutline(limits);
    for (const batch of this.#batches) {
      outline.append(batch);
      outline.flushed(outline.end.number);
      outline.commit(batch.committedEnd);
    }
    return { outline, state: this.#saved };
  }
}

function encode(draft: BatchDraft): Batch {
  const { requestIds: _, ...header } = draft;
  // The bytes are never read. A place names a single batch, so its epoch and number can take the place of a checksum.
  const checksum = draft.epoch * 1_000_000 + draft.number;
  return { ...header, checksum, bytes: new Uint8Array(entryBytes * Math.max(1, draft.entryCount)) };
}
