/**
 * Batches as the core sees them: what is in their header, and of their payload only what decides something (member
 * lists, idempotency keys). The bytes of the messages pass by unseen.
 */

import type { BatchNumber, Epoch, LogAge, Offset, RequestId, TimestampMs } from './numbers.ts';
import type { MemberList } from './members.ts';

/** Bytes of a key's fingerprint, and of a message's digest. */
export const fingerprintBytes = 16;

/** What makes an append's retry harmless. It travels with the first entry of the append. */
export interface AppendKey {
  /** What stands for the `Idempotency-Key` that the client sent (16 bytes). */
  readonly fingerprint: Uint8Array;
  /** What stands for the messages it was sent with (16 bytes). */
  readonly digest: Uint8Array;
  /** Entries of this append. */
  readonly entryCount: number;
}

/** An `AppendKey` in the log. */
export interface PlacedKey extends AppendKey {
  readonly offset: Offset;
}

export interface BatchHeader {
  readonly epoch: Epoch;
  readonly number: BatchNumber;
  /** Offset of the first entry; of the next one, if there is none. */
  readonly baseOffset: Offset;
  readonly entryCount: number;
  /** For people. It never goes back from one batch to the next. */
  readonly timestamp: TimestampMs;
  /** By this idempotency keys grow old, never by a wall clock. It never goes back either. */
  readonly age: LogAge;
  /** The leader's, when it wrote this: a lower bound for whoever reads it later. */
  readonly committedEnd: Offset;
  /** The first batch of an epoch. It has no entries. */
  readonly isMarker: boolean;
  /** In force from the moment it is written. Such a batch has no entries. */
  readonly memberList: MemberList | undefined;
  /** Keys of the entries, in order. */
  readonly keys: readonly PlacedKey[];
}

/** A batch with its bytes, as they lie on every disk and travel on every stream. */
export interface Batch extends BatchHeader {
  readonly checksum: number;
  readonly bytes: Uint8Array;
}

/** A batch that the leader wants written. The driver holds the messages of these requests and encodes them in order. */
export interface BatchDraft extends BatchHeader {
  readonly requestIds: readonly RequestId[];
}
