/**
 * The list of the entries `[start, end)` as bytes. It is read from the log as fast as its reader takes it, so its
 * length does not matter.
 */

import type { Offset } from '../../core/model/numbers.ts';
import { needKept } from './trimmed.ts';
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

/**
 * What is trimmed while it is read ends the list, as a change of leader does that cuts it.
 * @throws LogError: `trimmed`
 */
export async function* entryStream(
  { driver, readPacer }: EntrySource,
  { start, end }: EntryRange,
  shape: ListShape,
): AsyncGenerator<Buffer> {
  const { cutCount } = driver;
  const writer = new ListWriter(shape, start);
  /** The pieces of what was read, until they have been taken. */
  let pieces: Generator<Piece> | undefined;
  let isHeld = false;
  // A function of its own, so that only `pieces` keeps alive what was read.
  const read = async (): Promise<Generator<Piece>> => {
    const batches = await driver.readEntriesFrom(writer.next, pieceBytes);
    needKept({ driver }, writer.next);
    // After a cut other entries have the same offsets: one list must not mix both.
    if (batches.length === 0 || driver.cutCount !== cutCount) throw new Error('a change of leader cut what was being read');
    isHeld = batches.reduce((sum, batch) => sum + batch.bytes.length, 0) <= heldBytesMax;
    return writer.pieces(batches, { end });
  };
  // Read before anything is sent: if this fails, the answer can still say so.
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
