/**
 * Batches as the core sees them: the header, and of the payload only what decisions depend on (member lists, controls,
 * idempotency keys). The core never looks at the bytes of the messages.
 */

import type { BatchNumber, Epoch, LogAge, Offset, RequestId, TimestampMs } from './numbers.ts';
import type { Control, PlacedControl } from './control.ts';
import type { MemberList } from './members.ts';

/** The size of a key's fingerprint, and of the digest of its messages. */
export const fingerprintBytes = 16;

/** Makes the retry of an append harmless. It travels with the first entry of the append. */
export interface AppendKey {
  /** 16 bytes that represent the `Idempotency-Key` of the client. */
  readonly fingerprint: Uint8Array;
  /** 16 bytes that represent the messages of the append. */
  readonly digest: Uint8Array;
  /** How many entries this append has. */
  readonly entryCount: number;
}

/** An `AppendKey` in the log. */
export interface PlacedKey extends AppendKey {
  readonly offset: Offset;
}

export interface BatchHeader {
  readonly epoch: Epoch;
  readonly number: BatchNumber;
  /** The offset of the first entry; in a batch without entries, the offset that the next entry will get. */
  readonly baseOffset: Offset;
  readonly entryCount: number;
  /** Wall-clock time, for people. It never goes back from one batch to the next. */
  readonly timestamp: TimestampMs;
  /** Idempotency keys expire by this, never by a wall clock. It never goes back either. */
  readonly age: LogAge;
  /** The leader's `committedEnd` when it wrote this batch: a lower bound for a node that reads it later. */
  readonly committedEnd: Offset;
  /** The first batch of an epoch. It has no entries. */
  readonly isMarker: boolean;
  /** In force as soon as it is written. A batch with a member list has no entries. */
  readonly memberList: MemberList | undefined;
  /** In force once it is committed. A batch with a control has no entries. */
  readonly control?: Control | undefined;
  /** Keys of the entries, in order. */
  readonly keys: readonly PlacedKey[];
}

/** A batch with its bytes, which are the same on every disk and on every stream. */
export interface Batch extends BatchHeader {
  readonly checksum: number;
  readonly bytes: Uint8Array;
}

/** A batch that the leader wants written. The driver has the messages of these requests, and encodes them in this order. */
export interface BatchDraft extends BatchHeader {
  readonly requestIds: readonly RequestId[];
  /** Of an append that is in the log in part: which of its messages are in this batch, by their index. The others are whole. */
  readonly picks?: ReadonlyMap<RequestId, readonly number[]> | undefined;
}

export function placedControl({ number, baseOffset, age }: BatchHeader, control: Control): PlacedControl {
  return { number, offset: baseOffset, age, control };
}
