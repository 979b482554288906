/** A list of the entries `[start, end)` as bytes, whatever the log's size: read from the log as its reader takes it. */

import type { Offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import type { ListShape } from '../dialects/list-format.ts';
import { heldBytesMax, ListWriter, pieceBytes } from './list-writer.ts';
import type { Piece } from './list-writer.ts';
import type { ReadPacer } from './read-pacer.ts';

/** Where entries are read from. */
export interface EntrySource {
  readonly driver: Driver;
  readonly readPacer: ReadPacer;
}

export interface EntryRange {
  readonly start: Offset;
  readonly end: Offset;
}

export async function* entryStream(
  { driver, readPacer }: EntrySource,
  { start, end }: EntryRange,
  shape: ListShape,
): AsyncGenerator<Buffer> {
  const { cutCount } = driver;
  const writer = new ListWriter(shape, start);
  /** Pieces of what is read, until it is taken. */
  let pieces: Generator<Piece> | undefined;
  let isHeld = false;
  // Apart, so that nothing but `pieces` holds what was read.
  const read = async (): Promise<Generator<Piece>> => {
    const batches = await driver.readEntriesFrom(writer.next, pieceBytes);
    // Behind a cut lie other entries under the same offsets: a list of both must not be given out.
    if (batches.length === 0 || driver.cutCount !== cutCount) throw new Error('a change of leader cut what was being read');
    isHeld = batches.reduce((sum, batch) => sum + batch.bytes.length, 0) <= heldBytesMax;
    return writer.pieces(batches, { end });
  };
  // Before anything is sent: if this fails, the answer can still say so.
  if (writer.next < end) pieces = await read();
  if (shape.open !== '') yield Buffer.from(shape.open);
  while (writer.next < end) {
    pieces ??= await read();
    await readPacer.turn();
    const { value: piece } = pieces.next();
    if (piece === undefined || !isHeld) pieces = undefined;
    if (piece !== undefined) yield piece.bytes;
  }
  if (shape.close !== '') yield Buffer.from(shape.close);
}
