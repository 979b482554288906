/**
 * Writes entries as a list, or as events, piece by piece, without parsing or serialising their values. A writer
 * remembers how far it has come, even within a large entry, so what was read may be dropped between two pieces and read
 * again.
 */

import type { Batch } from '../../core/model/batch.ts';
import { offset } from '../../core/model/numbers.ts';
import type { Offset } from '../../core/model/numbers.ts';
import { asBuffer, messageBounds } from '../../protocol/batch-codec.ts';
import type { EntryText, ListShape } from '../dialects/list-format.ts';

export const pieceBytes = 256 * 1024;
/** Limits for batches of many small messages, and for pieces of many small batches. */
const pieceEntries = 2048;
const pieceBatches = 256;
/** Larger batches are not kept while a client takes a piece of them. They are read again, and readers share such reads. */
export const heldBytesMax = 2 * pieceBytes;

/** Some entries as bytes. */
export interface Piece {
  readonly bytes: Buffer;
  /** One past the last entry that is complete with this piece. */
  readonly end: Offset;
  /** Bytes of the next entry that have been written: a large entry is split into pieces. */
  readonly partBytes: number;
}

export class ListWriter {
  readonly #shape: ListShape;
  #next: Offset;
  #partBytes: number;
  /** The separator to write before the next entry. */
  #separator = '';

  /** @param partBytes - bytes of the first entry that have been written already */
  constructor(shape: ListShape, start: Offset, partBytes = 0) {
    this.#shape = shape;
    this.#next = start;
    this.#partBytes = partBytes;
  }

  /** One past the last entry that is completely written. */
  get next(): Offset {
    return this.#next;
  }

  /**
   * Small batches share a piece.
   * @param batches - beginning with the one that has the next entry
   * @param range.isWhole - an entry is never split, however large it is
   */
  *pieces(batches: readonly Batch[], { end, isWhole = false }: { readonly end: Offset; readonly isWhole?: boolean }): Generator<Piece> {
    let gathered: Buffer[] = [];
    let bytes = 0;
    for (const batch of batches) {
      for (const written of this.#entriesOf(batch, end, isWhole)) {
        gathered.push(written);
        bytes += written.length;
        if (bytes < pieceBytes && gathered.length < pieceBatches) continue;
        yield this.#piece(gathered, bytes);
        gathered = [];
        bytes = 0;
      }
    }
    if (bytes > 0) yield this.#piece(gathered, bytes);
  }

  #piece(gathered: readonly Buffer[], bytes: number): Piece {
    const [only] = gathered;
    const joined = only !== undefined && gathered.length === 1 ? only : Buffer.concat(gathered, bytes);
    return { bytes: joined, end: this.#next, partBytes: this.#partBytes };
  }

  /** Writes the entries of one batch in runs, each of which is quickly written. */
  *#entriesOf(batch: Batch, end: Offset, isWhole: boolean): Generator<Buffer> {
    const { baseOffset, entryCount } = batch;
    const bounds = boundsOf(batch);
    const text = this.#shape.textOf(batch);
    const stop = Math.min(entryCount, end - baseOffset);
    for (let index = this.#indexIn(batch); index < stop; index = this.#indexIn(batch)) {
      if (!isWhole && messageBytes(bounds, index) > pieceBytes) yield* this.#partsOf(batch, { index, bounds, text });
      else yield this.#runOf(batch, { index, stop, bounds, text });
    }
  }

  #indexIn({ baseOffset }: Batch): number {
    return Math.max(0, this.#next - baseOffset);
  }

  #runOf(batch: Batch, { index, stop, bounds, text }: EntryPlace & { readonly stop: number }): Buffer {
    const bytes = asBuffer(batch.bytes);
    const startByte = bounds[2 * index] ?? 0;
    let last = index;
    while (last + 1 < stop && last - index < pieceEntries && (bounds[2 * last + 3] ?? 0) - startByte < pieceBytes) last += 1;
    const lastOffset = batch.baseOffset + last;
    const { separator } = this.#shape;
    const aroundBytes = separator.length + text.before(lastOffset).length + text.after(lastOffset).length;
    const run = Buffer.allocUnsafe((bounds[2 * last + 1] ?? 0) - startByte + (last + 1 - index) * aroundBytes);
    let length = 0;
    for (let at = index; at <= last; at += 1) {
      const before = this.#separator + text.before(batch.baseOffset + at);
      const after = text.after(batch.baseOffset + at);
      if (before !== '') length += run.write(before, length, 'latin1');
      length += bytes.copy(run, length, bounds[2 * at], bounds[2 * at + 1]);
      if (after !== '') length += run.write(after, length, 'latin1');
      this.#separator = separator;
    }
    this.#next = offset(lastOffset + 1);
    return run.subarray(0, length);
  }

  /** Writes one large entry in parts, from where the writer left off. */
  *#partsOf(batch: Batch, { index, bounds, text }: EntryPlace): Generator<Buffer> {
    const at = batch.baseOffset + index;
    const startByte = bounds[2 * index] ?? 0;
    const texts = [
      Buffer.from(this.#separator + text.before(at), 'latin1'),
      asBuffer(batch.bytes).subarray(startByte, startByte + messageBytes(bounds, index)),
      Buffer.from(text.after(at), 'latin1'),
    ];
    const entryBytes = texts.reduce((sum, { length }) => sum + length, 0);
    while (this.#next <= at) {
      const end = Math.min(entryBytes, this.#partBytes + pieceBytes);
      const part = partOf(texts, this.#partBytes, end);
      this.#partBytes = end;
      if (end === entryBytes) {
        this.#partBytes = 0;
        this.#next = offset(at + 1);
        this.#separator = this.#shape.separator;
      }
      yield part;
    }
  }
}

/** An entry in its batch, and the text to write around it. */
interface EntryPlace {
  readonly index: number;
  readonly bounds: Uint32Array;
  readonly text: EntryText;
}

/** The bytes `[start, end)` of the concatenated texts. */
function partOf(texts: readonly Buffer[], start: number, end: number): Buffer {
  const part = Buffer.allocUnsafe(end - start);
  let textStart = 0;
  for (const text of texts) {
    const textEnd = textStart + text.length;
    if (textEnd > start && textStart < end) {
      text.copy(part, Math.max(0, textStart - start), Math.max(0, start - textStart), Math.min(text.length, end - textStart));
    }
    textStart = textEnd;
  }
  return part;
}

/** Length of this entry's message. */
export function bytesOfEntry(batch: Batch, at: number): number {
  return messageBytes(boundsOf(batch), at - batch.baseOffset);
}

function messageBytes(bounds: Uint32Array, index: number): number {
  return (bounds[2 * index + 1] ?? 0) - (bounds[2 * index] ?? 0);
}

/**
 * Kept for batches that are read piece by piece: finding the bounds of a hundred thousand entries for each piece takes
 * long.
 */
const knownBounds = new WeakMap<Batch, Uint32Array>();

function boundsOf(batch: Batch): Uint32Array {
  if (batch.bytes.length <= heldBytesMax) return messageBounds(batch);
  let bounds = knownBounds.get(batch);
  if (bounds === undefined) knownBounds.set(batch, (bounds = messageBounds(batch)));
  return bounds;
}
