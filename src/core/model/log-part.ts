/**
 * What a stretch of a log comes to without its batches: everything that an outline takes from it but the idempotency
 * keys, which are many and come one by one. A function of the stretch alone, whatever lies before it.
 */

import type { PlacedKey } from './batch.ts';
import type { EpochStart } from './epoch-history.ts';
import type { MemberList } from './members.ts';
import type { BatchNumber, LogAge, Offset, TimestampMs } from './numbers.ts';
import type { LogPoint } from './place.ts';

/** A member list and the batch that it is in. */
export interface PlacedList {
  readonly number: BatchNumber;
  readonly list: MemberList;
}

/** Of the last batch of a log; both 0 in an empty one. */
export interface LogTime {
  readonly lastTimestamp: TimestampMs;
  readonly lastAge: LogAge;
}

export interface LogPart extends LogTime {
  readonly start: LogPoint;
  readonly end: LogPoint;
  /** Of the first batch, and of each one that begins another epoch. None in an empty stretch. */
  readonly epochs: readonly EpochStart[];
  readonly lists: readonly PlacedList[];
  /** The highest that a batch in it speaks of, as far as the log went with that batch. */
  readonly committedEnd: Offset;
}

export interface KeyPlace {
  readonly number: BatchNumber;
  readonly age: LogAge;
}

/** The keys of a stretch, in the order of the log. */
export interface KeySource {
  readonly count: number;
  /** Whoever takes a key copies what it wants to keep of its bytes. */
  readonly visit: (take: (key: PlacedKey, place: KeyPlace) => void) => void;
}
