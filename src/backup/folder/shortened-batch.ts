/** The first entries of a batch, as a batch of its own, for a log that ends in the middle of it. */

import type { Batch } from '../../core/model/batch.ts';
import { asBuffer, encodeBatch, messageBounds } from '../../protocol/batch-codec.ts';
import type { EncodableAppend } from '../../protocol/batch-codec.ts';
import { lengthBytes } from '../../protocol/packed-messages.ts';

/**
 * A key goes with its append: one that is not there as a whole is left out, so that whoever sends the append again stores it.
 * @param count - how many entries stay: at least one, and not all
 */
export function shortened(batch: Batch, count: number): Batch {
  const bounds = messageBounds(batch);
  const bytes = asBuffer(batch.bytes);
  const end = batch.baseOffset + count;
  const keys = batch.keys.filter((key) => key.offset + key.entryCount <= end);
  const keyAt = new Map(keys.map((key) => [key.offset - batch.baseOffset, key]));
  const entries = Array.from({ length: count }, (_unused, at): EncodableAppend => {
    const message = bytes.subarray(bounds[2 * at], bounds[2 * at + 1]);
    const packed = Buffer.allocUnsafe(lengthBytes + message.length);
    packed.writeUInt32LE(message.length, 0);
    packed.set(message, lengthBytes);
    return { messages: { count: 1, bytes: packed }, key: keyAt.get(at) };
  });
  return encodeBatch({ ...batch, entryCount: count, keys, requestIds: [] }, entries);
}
