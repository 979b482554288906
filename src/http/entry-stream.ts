/** Entries `[start, end)` as bytes, piece by piece, whatever the log's size: values are neither parsed nor written anew. */

import type { Batch } from '../core/batch.ts';
import { offset } from '../core/numbers.ts';
import type { Offset } from '../core/numbers.ts';
import { asBuffer, messageBounds } from '../protocol/batch-codec.ts';
import type { ListShape } from './dialects/dialect.ts';
import type { HttpNode } from './http-node.ts';

export const pieceBytes = 256 * 1024;
/** Of small messages a batch has many, and of small batches a piece. */
const pieceEntries = 2048;
const pieceBatches = 256;

export interface EntryRange {
  readonly start: Offset;
  readonly end: Offset;
}

interface Writing {
  readonly shape: ListShape;
  /** Nothing of the list was written before. */
  readonly isFirst: boolean;
}

/** Entries as bytes. */
export interface Piece {
  readonly bytes: Buffer;
  /** One past the last entry in it. */
  readonly end: Offset;
}

export async function* entryStream(
  { driver, readPacer }: Pick<HttpNode, 'driver' | 'readPacer'>,
  range: EntryRange,
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
    const pieces = piecesOf(batches, { start, end: range.end }, { shape, isFirst });
    for (;;) {
      await readPacer.turn();
      const { value: piece } = pieces.next();
      if (piece === undefined) break;
      yield piece.bytes;
      isFirst = false;
    }
    const last = batches.at(-1);
    if (last !== undefined) start = offset(Math.min(last.baseOffset + last.entryCount, range.end));
  }
  if (shape.close !== '') yield Buffer.from(shape.close);
}

/** The same as one piece per batch, but of small batches several together. */
export function* piecesOf(batches: readonly Batch[], range: EntryRange, how: Writing): Generator<Piece> {
  let { isFirst } = how;
  let gathered: Buffer[] = [];
  let bytes = 0;
  let end = range.start;
  for (const batch of batches) {
    for (const piece of encodeEntries(batch, range, { ...how, isFirst })) {
      isFirst = false;
      gathered.push(piece.bytes);
      bytes += piece.bytes.length;
      ({ end } = piece);
      if (bytes < pieceBytes && gathered.length < pieceBatches) continue;
      yield { bytes: joined(gathered, bytes), end };
      gathered = [];
      bytes = 0;
    }
  }
  if (bytes > 0) yield { bytes: joined(gathered, bytes), end };
}

function joined(pieces: readonly Buffer[], bytes: number): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces, bytes);
}

/** The entries of one batch that lie in the range, in pieces of which none takes long to write. */
export function* encodeEntries(batch: Batch, range: EntryRange, how: Writing): Generator<Piece> {
  const bounds = messageBounds(batch);
  const bytes = asBuffer(batch.bytes);
  const text = how.shape.textOf(batch);
  const end = Math.min(batch.entryCount, range.end - batch.baseOffset);
  let next = Math.max(0, range.start - batch.baseOffset);
  let separator = how.isFirst ? '' : how.shape.separator;
  while (next < end) {
    const first = next;
    const startByte = bounds[2 * first] ?? 0;
    let last = first;
    while (last + 1 < end && last - first < pieceEntries && (bounds[2 * last + 3] ?? 0) - startByte < pieceBytes) last += 1;
    const lastOffset = batch.baseOffset + last;
    const aroundBytes = how.shape.separator.length + text.before(lastOffset).length + text.after(lastOffset).length;
    const piece = Buffer.allocUnsafe((bounds[2 * last + 1] ?? 0) - startByte + (last + 1 - first) * aroundBytes);
    let length = 0;
    for (; next <= last; next += 1) {
      const before = separator + text.before(batch.baseOffset + next);
      const after = text.after(batch.baseOffset + next);
      if (before !== '') length += piece.write(before, length, 'latin1');
      length += bytes.copy(piece, length, bounds[2 * next], bounds[2 * next + 1]);
      if (after !== '') length += piece.write(after, length, 'latin1');
      ({ separator } = how.shape);
    }
    yield { bytes: piece.subarray(0, length), end: offset(lastOffset + 1) };
  }
}
