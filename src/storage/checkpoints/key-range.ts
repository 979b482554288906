/** Which of the packed keys of a part of the log belong in a checkpoint. */

import type { BasePlan } from '../../core/model/checkpoint.ts';
import { forwardLimits } from '../../core/model/forward-identity.ts';
import { isOutOfWindow } from '../../core/log/idempotency-index.ts';
import { partitionPoint } from '../../core/model/partition-point.ts';
import { readU64 } from '../../protocol/batch-codec.ts';
import { packedKeyBytes } from '../format/packed-keys.ts';

/** Takes those keys of a buffer that a checkpoint needs. Keys are in the order of the log, so they are neighbours. */
export type PickKeys = (keys: Buffer) => Buffer;

/** The keys of entries in `[keysFrom, base)`. */
export function keysOf({ base }: BasePlan): PickKeys {
  return (keys) =>
    between(
      keys,
      (key) => offsetOf(key) < base.keysFrom,
      (key) => offsetOf(key) < base.offset,
    );
}

/** The identities of forwarded appends before the base that were not too old to be sent again when the base was decided. */
export function identitiesOf({ base, age }: BasePlan): PickKeys {
  return (keys) =>
    between(
      keys,
      (key) => isOutOfWindow(readU64(key, 48), age, forwardLimits),
      (key) => offsetOf(key) < base.offset,
    );
}

/** The keys of entries at this offset and beyond. */
export function keysFrom(offset: number): PickKeys {
  return (keys) =>
    between(
      keys,
      (key) => offsetOf(key) < offset,
      () => true,
    );
}

function between(keys: Buffer, isBefore: (key: Buffer) => boolean, isInside: (key: Buffer) => boolean): Buffer {
  const at = (index: number): Buffer => keys.subarray(index * packedKeyBytes, (index + 1) * packedKeyBytes);
  const count = keys.length / packedKeyBytes;
  const first = partitionPoint(count, (index) => isBefore(at(index)));
  const end = partitionPoint(count, (index) => isInside(at(index)));
  return keys.subarray(first * packedKeyBytes, Math.max(first, end) * packedKeyBytes);
}

function offsetOf(key: Buffer): number {
  return key.readUIntLE(36, 6);
}
