/** What the driver needs of a log's storage: the segmented one on a disk, or the one in memory. */

import type { Batch } from '../core/model/batch.ts';
import type { NodeState } from '../core/model/events.ts';
import type { LogTime } from '../core/model/log-part.ts';
import type { BatchNumber, Offset } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';

/**
 * Calls are made one after the other: no `append` before the one before it is through, no `cut` while either is under
 * way. `flush` may run while the next batches are appended; reads may run at any time.
 */
export interface LogStore {
  /** Resolves when there was room for all of them. @throws NoRoom, and then none of them is here */
  append(batches: readonly Batch[]): Promise<void>;
  /** Makes durable what was appended before. @returns one past the last batch that is. Rejects once and for all */
  flush(): Promise<BatchNumber>;
  /** Keeps what lies before `point`, durably; what lies after is copied away first. @throws NoRoom, and then nothing was cut */
  cut(point: LogPoint): Promise<LogTime>;
  /** Whether there is something to note of what is flushed: `now` if a segment was begun since the last note. */
  readonly noteWish: 'now' | 'soon' | undefined;
  /** Notes how far the log is flushed, so that a start can tell whether the disk forgot. May run beside all other calls. */
  note(): Promise<void>;
  /** Replaces the state, durably and as a whole. @throws NoRoom, and then the one before is still there */
  saveState(state: NodeState): Promise<void>;
  /**
   * Batches from number `from` on, in order: at least one if there is one, then more while they fit in `bytesMax`.
   * Resolves at once (not a promise) if they are in memory.
   */
  readFrom(from: BatchNumber, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]>;
  /** The same, from the batch on that holds entry `from`. */
  readEntriesFrom(from: Offset, bytesMax: number): readonly Batch[] | Promise<readonly Batch[]>;
  /** Called now and then while no other call is under way: time for what can wait. */
  maintain(): Promise<void>;
  /**
   * Reads on a little in what was not read at the start. Called like `append`, one after the other; a flush may be under
   * way. @throws StorageDamaged
   */
  scrubSome(): Promise<void>;
  /** Whether so many bytes could be stored now, and whatever else a store needs is there too. */
  hasRoomFor(bytes: number): Promise<boolean>;
  close(): Promise<void>;
}
