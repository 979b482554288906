/** Which appends a log holds, by their keys and identities: what a checkpoint brings, and the log goes on with. */

import type { AppendKey, PlacedKey } from './batch.ts';
import type { Retention } from './control.ts';
import type { KeyPlace, KeySource } from './log-part.ts';
import type { BatchNumber, LogAge, Offset } from './numbers.ts';

export interface KnownAppend {
  readonly offset: Offset;
  readonly number: BatchNumber;
  readonly entryCount: number;
  /** Whether the messages are the same as the first time. */
  readonly isSameMessage: boolean;
}

export interface AppendIndex {
  /** The last batch that is known to hold a forwarded append with an identity; -1 if there is none. */
  readonly newestForwarded: BatchNumber;
  /** The number of keys held, including those outside the window that a cut could bring back. */
  readonly keyCount: number;
  /** `forgotten` if it is no longer known whether it is here. */
  find(key: AppendKey, lastAge: LogAge): KnownAppend | 'forgotten' | undefined;
  /** The entry of the first key that is in the window of a log with this age; `undefined` if there is none. */
  firstKeyOffset(lastAge: LogAge): Offset | undefined;
  add(key: PlacedKey, place: KeyPlace): void;
  /** Adds keys of a part of the log that is read, those before `committedEnd` for good. */
  restore(source: KeySource, committedEnd: Offset): void;
  restoreForwarded(identities: KeySource): void;
  /** What the cluster has decided to keep. */
  keepFor(retention: Retention | undefined): void;
  /** Deletes the keys that the log up to `committedEnd` has pushed out of the window for good. */
  evict(committedEnd: Offset): void;
  /** Forgets the appends at offset `end` and beyond. */
  cut(end: Offset): void;
}
