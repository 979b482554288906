/**
 * A consistent copy of a log: the checkpoint at its base, then its committed batches, read piece by piece while the log goes on.
 * What is trimmed meanwhile stays readable for the copy, through files that are open; their room is given back when it is closed.
 */

import type { Batch } from '../core/model/batch.ts';
import type { Offset } from '../core/model/numbers.ts';
import type { LogPoint } from '../core/model/place.ts';

/** Which part of the log is copied. */
export interface CopyWish {
  /** The first entry; `undefined`: everything, with the checkpoint. */
  readonly from: Offset | undefined;
  /** How far the log is committed, in both coordinates; which of them reaches further depends on who said it. */
  readonly committed: LogPoint;
}

export interface LogCopy {
  /** Where the log begins; what must be known of the part before is in the checkpoint. */
  readonly base: LogPoint;
  /** How far the log was committed. */
  readonly committed: LogPoint;
  /** The size of the checkpoint; 0 if there is none, or it is not wanted. */
  readonly checkpointBytes: number;
  /** About how many bytes the batches take. */
  readonly batchBytes: number;
  readCheckpoint(position: number, bytesMax: number): Promise<Buffer>;
  /**
   * The next batches: about `bytesMax` bytes of the log are read. Every checksum is checked, and every batch is the next one.
   * @returns `undefined` at the end; an empty list if the copy begins further on. @throws StorageDamaged
   */
  read(bytesMax: number): Promise<readonly Batch[] | undefined>;
  close(): Promise<void>;
}

/** Whether the copy ends before this batch. */
export function isBehind(batch: LogPoint, { number, offset: end }: LogPoint): boolean {
  return batch.number >= number && batch.offset >= end;
}

/** Whether the copy begins behind this batch. */
export function isBefore(batch: Pick<Batch, 'number' | 'baseOffset' | 'entryCount'>, base: LogPoint, from: Offset | undefined): boolean {
  if (batch.number < base.number) return true;
  return from !== undefined && batch.baseOffset < from && batch.baseOffset + batch.entryCount <= from;
}

export function pointOf({ number, baseOffset }: Pick<Batch, 'number' | 'baseOffset'>): LogPoint {
  return { number, offset: baseOffset };
}
