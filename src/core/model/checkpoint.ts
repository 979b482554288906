/**
 * What a node must know of the part of its log that it no longer has: a checkpoint at the base, a batch boundary that the
 * leader decided (control.ts). It is the same, byte for byte, on every node with that base.
 */

import type { Base } from './control.ts';
import type { AppendIndex } from './append-index.ts';
import type { LogPart, LogTime } from './log-part.ts';
import type { LogAge, Offset, TimestampMs } from './numbers.ts';
import type { LogPoint } from './place.ts';

export interface Checkpoint extends Pick<LogPart, 'epochs' | 'lists'> {
  readonly base: Base;
  /**
   * The keys of entries in `[base.keysFrom, base.offset)`, and the forwarded appends before the base that could still be sent again
   * when the base was decided. There may be a million, so whoever reads a checkpoint collects them step by step. They belong to the
   * log that takes them.
   */
  readonly appends: AppendIndex;
}

/** What to make a checkpoint of. Everything before the base is committed, and durable here. */
export interface BasePlan extends Pick<LogPart, 'epochs' | 'lists'> {
  readonly base: Base;
  /** Of the batch with the decision: identities older than their window by this age are left out. */
  readonly age: LogAge;
}

/** What the leader asks its storage, to decide what goes. */
export interface SurveyWish {
  /** Batches with a timestamp below this would go; `undefined`: none for their age. */
  readonly olderThan: TimestampMs | undefined;
  /** Batches would go, oldest first, until no more than so many bytes are left. */
  readonly bytesMax: number | undefined;
  /** A base must lie at or before this entry, or before what would go by age or bytes. */
  readonly before: Offset;
}

/** How much each key takes in a checkpoint. */
export const checkpointKeyBytes = 56;

export interface Survey {
  /** The first entry of the first batch that would stay, for each of the two reasons. */
  readonly ofAge: Offset | undefined;
  readonly ofBytes: Offset | undefined;
  /** The furthest point at which a base would free whole segments, with the time of the batch before it; `undefined`: none. */
  readonly base: (LogPoint & LogTime & { readonly freedBytes: number }) | undefined;
  /** How much all segments take. */
  readonly storedBytes: number;
  /** When the first batch that is stored was written; `undefined` without a batch. */
  readonly oldest: TimestampMs | undefined;
}
