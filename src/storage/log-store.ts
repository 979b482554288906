/** What the driver needs from the storage of a log, whether segmented on a disk or in memory. */

import type { Batch } from '../core/model/batch.ts';
import type { NodeState } from '../core/model/events.ts';
import type { BasePlan, Checkpoint, Survey, SurveyWish } from '../core/model/checkpoint.ts';
import type { LogTime } from '../core/model/log-part.ts';
import type { BatchNumber, Offset } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';
import type { CopyWish, LogCopy } from './log-copy.ts';

/**
 * Calls are made one after the other: no `append` before the previous one has resolved, and no `cut` while another call of
 * these two is in progress. `flush` may run while the next batches are appended, and reads may run at any time.
 */
export interface LogStore extends TrimmableStore {
  /** Resolves when there was room for all of them. @throws NoRoom, and then none of them is stored */
  append(batches: readonly Batch[]): Promise<void>;
  /** Makes durable what was appended before. @returns one past the last durable batch. If it rejects, the storage is unreliable */
  flush(): Promise<BatchNumber>;
  /** Keeps what is before `point`, durably; the rest is copied first, then removed. @throws NoRoom, and then nothing was cut */
  cut(point: LogPoint): Promise<LogTime>;
  /** Whether more is flushed than was noted: `now` if a segment was begun since the last note. */
  readonly noteWish: 'now' | 'soon' | undefined;
  /** Notes how far the log is flushed, so that a start can tell whether the disk forgot. May run beside all other calls. */
  note(): Promise<void>;
  /** Replaces the state, durably and as a whole. @throws NoRoom, and then the previous state is still there */
  saveState(state: NodeState): Promise<void>;
  /**
   * The batches from number `from` on, in order: at least one if there is one, then more while they fit in `bytesMax`.
   * If they are in memory they are returned directly, not as a promise.
   */
  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]>;
  /** The same, from the batch that holds entry `from` on. */
  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]>;
  /** Begins to copy the committed part of the log. To be closed by the caller. May run beside all other calls. */
  copy(wish: CopyWish): LogCopy;
  /** Maintenance; called from time to time while no other call is in progress. */
  maintain(): Promise<void>;
  /**
   * Reads a little more of what the start left out. Called like `append`, one after the other; a flush may be in progress.
   * @throws StorageDamaged
   */
  scrubSome(): Promise<void>;
  /** Whether this many bytes could be stored now, and there is enough of everything else that storing needs. */
  hasRoomFor(bytes: number): Promise<boolean>;
  /** How many bytes can still be written; `Infinity` in memory. */
  freeBytes(): Promise<number>;
  close(): Promise<void>;
}

/** How a log in a storage gets shorter at its beginning. */
interface TrimmableStore {
  /** The first batch that the storage can be asked for; those before it are known from the checkpoint. */
  readonly base: LogPoint;
  /** The size of the checkpoint at the base; 0 without one. */
  readonly checkpointBytes: number;
  /**
   * May run beside appends, flushes and reads, but not beside a cut or another call of these: the storage makes them wait.
   * Begins at this base from now on: writes the checkpoint, durably, then notes the base, then removes the segments that lie
   * wholly before it. Appends and flushes wait meanwhile only while segments are removed. @throws NoRoom, and then nothing has
   * changed
   */
  rebase(plan: BasePlan): Promise<void>;
  /** A part of the checkpoint at this base. @returns `undefined` if this is not the base any more */
  readCheckpoint(base: BatchNumber, position: number, bytesMax: number): Promise<Buffer | undefined>;
  /** Another node's checkpoint arrives, piece by piece; a piece at position 0 starts over. @throws NoRoom */
  receiveCheckpoint(position: number, bytes: Uint8Array): Promise<void>;
  /**
   * The received checkpoint is complete. The log, which ends at or before its base, is removed, durably, and begins with it.
   * @throws NoRoom, or StorageDamaged if it is not a sound checkpoint at this base; then nothing has changed
   */
  installCheckpoint(base: LogPoint): Promise<Checkpoint>;
  /** What would go, and where a base could be. May run beside appends, flushes, cuts and reads. */
  survey(wish: SurveyWish): Promise<Survey>;
}
