/**
 * A summary of a part of the log: everything that an outline needs from it, except the idempotency keys, which are many and
 * are read one by one. It depends on that part alone, not on what lies before it.
 */

import type { PlacedKey } from './batch.ts';
import type { PlacedControl } from './control.ts';
import type { EpochStart } from './epoch-history.ts';
import type { MemberList } from './members.ts';
import { logAge, timestampMs } from './numbers.ts';
import type { BatchNumber, LogAge, Offset, TimestampMs } from './numbers.ts';
import type { LogPoint } from './place.ts';

/** A member list and the number of its batch. */
export interface PlacedList {
  readonly number: BatchNumber;
  readonly list: MemberList;
}

/** The times of the last batch of a log; both are 0 if the log is empty. */
export interface LogTime {
  readonly lastTimestamp: TimestampMs;
  readonly lastAge: LogAge;
}

/** Neither of the two times goes back, whatever a batch says. */
export function laterTimeOf(before: LogTime, after: LogTime): LogTime {
  if (after.lastTimestamp >= before.lastTimestamp && after.lastAge >= before.lastAge) {
    return { lastTimestamp: after.lastTimestamp, lastAge: after.lastAge };
  }
  return {
    lastTimestamp: timestampMs(Math.max(before.lastTimestamp, after.lastTimestamp)),
    lastAge: logAge(Math.max(before.lastAge, after.lastAge)),
  };
}

export interface LogPart extends LogTime {
  readonly start: LogPoint;
  readonly end: LogPoint;
  /** One for the first batch, and one for each batch that begins another epoch. Empty if the part has no batches. */
  readonly epochs: readonly EpochStart[];
  readonly lists: readonly PlacedList[];
  readonly controls: readonly PlacedControl[];
  /** The highest `committedEnd` in its batches, each limited to where the log ended with that batch. */
  readonly committedEnd: Offset;
}

export interface KeyPlace {
  readonly number: BatchNumber;
  readonly age: LogAge;
}

/** The keys of a part of the log, in the order of the log. */
export interface KeySource {
  readonly count: number;
  /** The bytes of a key are valid only during the call of `take`, which must copy what it keeps. */
  readonly visit: (take: (key: PlacedKey, place: KeyPlace) => void) => void;
}
