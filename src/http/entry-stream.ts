/** Entries `[start, end)` as bytes, piece by piece, whatever the log's size: values are neither parsed nor written anew. */

import { assert } from '../core/assert.ts';
import type { Batch } from '../core/batch.ts';
import { offset } from '../core/numbers.ts';
import type { Offset } from '../core/numbers.ts';
import type { Driver } from '../driver.ts';
import { messageBounds } from '../protocol/batch-codec.ts';
import type { ListShape } from './dialects/dialect.ts';

const pieceBytes = 256 * 1024;

export async function* entryStream(
  driver: Driver,
  range: { readonly start: Offset; readonly end: Offset },
  shape: ListShape,
): AsyncGenerator<Buffer> {
  const { historyVersion } = driver;
  let { start } = range;
  let isFirst = true;
  if (shape.open !== '') yield Buffer.from(shape.open);
  while (start < range.end) {
    const batches = await driver.readEntriesFrom(start, pieceBytes);
    // Behind a cut lie other entries under the same offsets: a list of both must not be given out.
    if (batches.length === 0 || driver.historyVersion !== historyVersion) throw new Error('a change of leader cut what was being read');
    for (const batch of batches) {
      if (batch.baseOffset >= range.end) break;
      yield encodeEntries(batch, { start, end: range.end }, { shape, isFirst });
      isFirst = false;
      start = offset(Math.min(batch.baseOffset + batch.entryCount, range.end));
    }
  }
  if (shape.close !== '') yield Buffer.from(shape.close);
}

/** The entries of one batch that lie in the range. */
export function encodeEntries(
  batch: Batch,
  range: { readonly start: Offset; readonly end: Offset },
  how: { readonly shape: ListShape; readonly isFirst: boolean },
): Buffer {
  const { shape } = how;
  const bounds = messageBounds(batch);
  const pieces: Uint8Array[] = [];
  const first = Math.max(0, range.start - batch.baseOffset);
  const last = Math.min(batch.entryCount, range.end - batch.baseOffset);
  for (let index = first; index < last; index += 1) {
    const entry = { offset: offset(batch.baseOffset + index), epoch: batch.epoch, timestamp: batch.timestamp };
    const separator = how.isFirst && index === first ? '' : shape.separator;
    const before = separator + shape.before(entry);
    const after = shape.after(entry);
    const start = bounds[2 * index];
    const end = bounds[2 * index + 1];
    assert(start !== undefined && end !== undefined, 'a batch knows where its messages lie');
    if (before !== '') pieces.push(Buffer.from(before));
    pieces.push(batch.bytes.subarray(start, end));
    if (after !== '') pieces.push(Buffer.from(after));
  }
  return Buffer.concat(pieces);
}
