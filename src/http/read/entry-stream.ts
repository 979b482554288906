/** Entries `[start, end)` as bytes, piece by piece, whatever the log's size: values are neither parsed nor written anew. */

import type { Batch } from '../../core/model/batch.ts';
import { offset } from '../../core/model/numbers.ts';
import type { Offset } from '../../core/model/numbers.ts';
import { asBuffer, messageBounds } from '../../protocol/batch-codec.ts';
import type { ListShape } from '../dialects/list-format.ts';
import type { Driver } from '../../driver/driver.ts';
import type { ReadPacer } from './read-pacer.ts';

/** Where entries are read from. */
export interface EntrySource {
  readonly driver: Driver;
  readonly readPacer: ReadPacer;
}

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
  /** Nothing of the list was written before the first entry of the range. */
  readonly isFirst: boolean;
  /** How much of that entry is written already. */
  readonly writtenBytes?: number;
  /** An entry is never written in parts, however large it is. */
  readonly isWhole?: boolean;
}

/** Entries as bytes. */
export interface Piece {
  readonly bytes: Buffer;
  /** One past the last entry that is whole with it. */
  readonly end: Offset;
  /** How much of the next one is written with it: of a large entry a piece is a part. */
  readonly partBytes: number;
}

/** Batches of more than this are not held while somebody takes a piece of them: they are read again, which is shared. */
const heldBytesMax = 2 * pieceBytes;

export async function* entryStream({ driver, readPacer }: EntrySource, range: EntryRange, shape: ListShape): AsyncGenerator<Buffer> {
  const { cutCount } = driver;
  let start = range.start;
  let writtenBytes = 0;
  /** Pieces of what is read, until it is taken. */
  let pieces: Generator<Piece> | undefined;
  let isHeld = false;
  // Apart, so that nothing but `pieces` holds what was read.
  const read = async (): Promise<Generator<Piece>> => {
    const batches = await driver.readEntriesFrom(start, pieceBytes);
    // Behind a cut lie other entries under the same offsets: a list of both must not be given out.
    if (batches.length === 0 || driver.cutCount !== cutCount) throw new Error('a change of leader cut what was being read');
    isHeld = batches.reduce((sum, batch) => sum + batch.bytes.length, 0) <= heldBytesMax;
    return piecesOf(batches, { start, end: range.end }, { shape, isFirst: start === range.start, writtenBytes });
  };
  // Before anything is sent: if this fails, the answer can still say so.
  if (start < range.end) pieces = await read();
  if (shape.open !== '') yield Buffer.from(shape.open);
  while (start < range.end) {
    pieces ??= await read();
    await readPacer.turn();
    const { value: piece } = pieces.next();
    if (piece === undefined || !isHeld) pieces = undefined;
    if (piece === undefined) continue;
    start = piece.end;
    writtenBytes = piece.partBytes;
    yield piece.bytes;
  }
  if (shape.close !== '') yield Buffer.from(shape.close);
}

/** The same as one piece per batch, but of small batches several together. */
export function* piecesOf(batches: readonly Batch[], range: EntryRange, how: Writing): Generator<Piece> {
  let { isFirst, writtenBytes = 0 } = how;
  let gathered: Buffer[] = [];
  let bytes = 0;
  let end = range.start;
  for (const batch of batches) {
    for (const piece of encodeEntries(batch, range, { ...how, isFirst, writtenBytes })) {
      isFirst = false;
      gathered.push(piece.bytes);
      bytes += piece.bytes.length;
      ({ end } = piece);
      if (bytes < pieceBytes && gathered.length < pieceBatches) continue;
      yield { bytes: joined(gathered, bytes), end, partBytes: piece.partBytes };
      gathered = [];
      bytes = 0;
    }
    writtenBytes = 0;
  }
  if (bytes > 0) yield { bytes: joined(gathered, bytes), end, partBytes: 0 };
}

function joined(pieces: readonly Buffer[], bytes: number): Buffer {
  const [only] = pieces;
  return only !== undefined && pieces.length === 1 ? only : Buffer.concat(pieces, bytes);
}

/** The entries of one batch that lie in the range, in pieces of which none takes long to write. */
export function* encodeEntries(batch: Batch, range: EntryRange, how: Writing): Generator<Piece> {
  const bounds = boundsOf(batch);
  const bytes = asBuffer(batch.bytes);
  const text = how.shape.textOf(batch);
  const end = Math.min(batch.entryCount, range.end - batch.baseOffset);
  let next = Math.max(0, range.start - batch.baseOffset);
  let separator = how.isFirst ? '' : how.shape.separator;
  let { writtenBytes = 0 } = how;
  while (next < end) {
    const first = next;
    const startByte = bounds[2 * first] ?? 0;
    const firstBytes = (bounds[2 * first + 1] ?? 0) - startByte;
    if (how.isWhole !== true && firstBytes > pieceBytes) {
      const at = batch.baseOffset + first;
      const parts = [
        Buffer.from(separator + text.before(at), 'latin1'),
        bytes.subarray(startByte, startByte + firstBytes),
        Buffer.from(text.after(at), 'latin1'),
      ];
      yield* partsOf(parts, { at, writtenBytes });
      writtenBytes = 0;
      next += 1;
      ({ separator } = how.shape);
      continue;
    }
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
    yield { bytes: piece.subarray(0, length), end: offset(lastOffset + 1), partBytes: 0 };
  }
}

/** How long the message of this entry is. */
export function bytesOfEntry(batch: Batch, at: number): number {
  const bounds = boundsOf(batch);
  const index = at - batch.baseOffset;
  return (bounds[2 * index + 1] ?? 0) - (bounds[2 * index] ?? 0);
}

/** One large entry, part by part, from where `writtenBytes` of it are written. */
function* partsOf(texts: readonly Buffer[], from: { readonly at: number; readonly writtenBytes: number }): Generator<Piece> {
  const entryBytes = texts.reduce((sum, text) => sum + text.length, 0);
  for (let start = from.writtenBytes; start < entryBytes; ) {
    const end = Math.min(entryBytes, start + pieceBytes);
    const part = Buffer.allocUnsafe(end - start);
    let textStart = 0;
    for (const text of texts) {
      const textEnd = textStart + text.length;
      if (textEnd > start && textStart < end) {
        text.copy(part, Math.max(0, textStart - start), Math.max(0, start - textStart), Math.min(text.length, end - textStart));
      }
      textStart = textEnd;
    }
    const isLast = end === entryBytes;
    yield { bytes: part, end: offset(isLast ? from.at + 1 : from.at), partBytes: isLast ? 0 : end };
    start = end;
  }
}

/** Of batches that are read piece by piece: to walk through a hundred thousand entries for each piece would take long. */
const knownBounds = new WeakMap<Batch, Uint32Array>();

function boundsOf(batch: Batch): Uint32Array {
  if (batch.bytes.length <= heldBytesMax) return messageBounds(batch);
  let bounds = knownBounds.get(batch);
  if (bounds === undefined) knownBounds.set(batch, (bounds = messageBounds(batch)));
  return bounds;
}
