/**
 * Decisions about the log itself, each a batch without entries: which entries go (`trim`), what is kept from now on
 * (`retention`), and from where on a node needs the batches at all (`base`). The leader decides them, with exact numbers, and
 * every node folds the same ones (core/log/controls.ts). None is in force before it is committed.
 */

import type { BatchNumber, LogAge, Offset, TimestampMs } from './numbers.ts';
import type { LogPoint } from './place.ts';

/** What the cluster keeps. `null` means: no limit; for the window of the idempotency keys: the default of a day. */
export interface Retention {
  /** Entries older than this go, by whole batches. */
  readonly maxAgeMs: number | null;
  /** So many bytes stay, as they lie on the disk, by whole batches. */
  readonly maxBytes: number | null;
  /** So many entries stay. */
  readonly maxEntries: number | null;
  /** How long an idempotency key is remembered, by the age of the log. */
  readonly idempotencyWindowMs: number | null;
}

export const keepsAll: Retention = { maxAgeMs: null, maxBytes: null, maxEntries: null, idempotencyWindowMs: null };

export const defaultIdempotencyWindowMs = 24 * 3_600_000;

/** From this batch on the log is needed. What must be known of the part before it is in a checkpoint. */
export interface Base extends LogPoint {
  /** Keys of entries before this offset have left the window. */
  readonly keysFrom: Offset;
  /** Of the last batch before the base. */
  readonly lastTimestamp: TimestampMs;
  readonly lastAge: LogAge;
  /** What is in force where the base is decided. */
  readonly retention: Retention | null;
}

export type Control =
  /** The first offset that stays. */
  | { readonly kind: 'trim'; readonly firstOffset: Offset }
  | { readonly kind: 'retention'; readonly retention: Retention }
  | { readonly kind: 'base'; readonly base: Base };

/** A control in the log: the number of its batch, the offset that the next entry after it gets, and its age. */
export interface PlacedControl {
  readonly number: BatchNumber;
  readonly offset: Offset;
  readonly age: LogAge;
  readonly control: Control;
}
