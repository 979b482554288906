/** Reads a segment from its start, record by record, and says how far it is valid and what was certainly flushed. */

import type { Batch } from '../core/batch.ts';
import type { DiskFile } from '../ports.ts';
import { BatchDamaged, UnknownFormat, batchLength, decodeBatch } from '../protocol/batch-codec.ts';
import { beginsMark, decodeMark, furthestMark, markBytes } from './flush-mark.ts';

const readBytes = 4 * 1024 * 1024;

export interface ScanResult {
  /** Position behind the last valid record. */
  readonly validEnd: number;
  /** The furthest position that was certainly flushed. */
  readonly flushedEnd: number;
  /** Why the record at `validEnd` is not valid; `undefined` if the file ends there. */
  readonly problem: string | undefined;
}

/**
 * @param onBatch - throws BatchDamaged if the batch does not continue the log
 * @throws UnknownFormat, with the position in its message
 */
export async function scanSegment(file: DiskFile, onBatch: (batch: Batch, position: number) => void): Promise<ScanResult> {
  let bytes: Buffer = Buffer.alloc(0);
  /** Of `bytes` in the file. */
  let base = 0;
  let position = 0;
  let flushedEnd = 0;
  for (;;) {
    const at = position - base;
    const record = readRecord(bytes, at);
    if (record.kind === 'mark') {
      // A mark speaks of what lies before it; anything else was not written by this program.
      if (record.flushedPosition > position) return end(`a flush mark speaks of position ${record.flushedPosition}`);
      flushedEnd = Math.max(flushedEnd, record.flushedPosition);
      position += markBytes;
    } else if (record.kind === 'batch') {
      try {
        onBatch(record.batch, position);
      } catch (error) {
        if (error instanceof BatchDamaged) return end(error.message);
        throw error;
      }
      position += record.batch.bytes.length;
    } else if (record.kind === 'unknown') {
      throw new UnknownFormat(`${record.reason} (at position ${position})`);
    } else if (record.kind === 'bad') {
      return end(record.reason);
    } else {
      const rest = file.size - (base + bytes.length);
      if (rest === 0 && at === bytes.length) return { validEnd: position, flushedEnd, problem: undefined };
      if (rest === 0) return end('the file ends in the middle of a record');
      const wanted = Math.max(readBytes, record.missingBytes);
      const more = await file.read(base + bytes.length, Math.min(wanted, rest));
      bytes = at === bytes.length ? more : Buffer.concat([bytes.subarray(at), more]);
      base = position;
    }
  }

  /** What lies behind a bad record can still tell that it had been flushed. */
  async function end(problem: string): Promise<ScanResult> {
    let furthest = flushedEnd;
    // Pieces overlap by a mark, so that none is missed at a seam.
    for (let from = position; from < file.size; from += readBytes) {
      furthest = Math.max(furthest, furthestMark(await file.read(from, readBytes + markBytes)));
    }
    return { validEnd: position, flushedEnd: furthest, problem };
  }
}

export type ScannedRecord =
  | { readonly kind: 'batch'; readonly batch: Batch }
  | { readonly kind: 'mark'; readonly flushedPosition: number }
  | { readonly kind: 'bad'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string }
  /** More bytes are needed to tell. */
  | { readonly kind: 'incomplete'; readonly missingBytes: number };

/** The record that begins at `position` of `bytes`. */
export function readRecord(bytes: Buffer, position: number): ScannedRecord {
  const here = bytes.length - position;
  if (here >= 4 && beginsMark(bytes, position)) {
    if (here < markBytes) return { kind: 'incomplete', missingBytes: markBytes - here };
    const flushedPosition = decodeMark(bytes, position);
    return flushedPosition === undefined
      ? { kind: 'bad', reason: 'the checksum of a flush mark does not fit' }
      : { kind: 'mark', flushedPosition };
  }
  try {
    const length = batchLength(bytes, position);
    if (length < 0) return { kind: 'incomplete', missingBytes: -length };
    if (length > here) return { kind: 'incomplete', missingBytes: length - here };
    return { kind: 'batch', batch: decodeBatch(bytes.subarray(position, position + length)) };
  } catch (error) {
    if (error instanceof UnknownFormat) return { kind: 'unknown', reason: error.message };
    if (error instanceof BatchDamaged || error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError) {
      return { kind: 'bad', reason: error.message };
    }
    throw error;
  }
}
