/** Reads batches of a segment from a known place on. Every checksum is checked, and every batch must be the next one. */

import type { Batch } from '../../core/model/batch.ts';
import type { DiskFile } from '../../ports/ports.ts';
import { markBytes } from '../format/flush-mark.ts';
import { positionEveryBytes } from '../format/sparse-index.ts';
import type { PlacedPoint } from '../format/sparse-index.ts';
import { readRecord } from './segment-scan.ts';
import { StorageDamaged } from '../format/storage-damaged.ts';

const aheadBytesMax = 1024 * 1024;

export interface ReadableSegment {
  readonly name: string;
  /** In bytes; no more than the file had when it was opened. */
  readonly size: number;
}

/**
 * Reads batches from `from` on, in order: the first one for which `isWanted` is true, then more while they fit in `bytesMax`.
 * @throws StorageDamaged
 */
export async function readBatches(
  file: DiskFile,
  segment: ReadableSegment,
  wanted: { readonly from: PlacedPoint; readonly bytesMax: number; readonly isWanted: (batch: Batch) => boolean },
): Promise<Batch[]> {
  const found: Batch[] = [];
  let foundBytes = 0;
  const ahead = { from: wanted.from, aheadBytes: Math.min(wanted.bytesMax, aheadBytesMax) };
  await walkBatches(file, segment, ahead, (batch) => {
    if (found.length === 0 && !wanted.isWanted(batch)) return true;
    foundBytes += batch.bytes.length;
    if (found.length > 0 && foundBytes > wanted.bytesMax) return false;
    found.push(batch);
    return foundBytes < wanted.bytesMax;
  });
  return found;
}

/**
 * Visits the batches from `from` on, each with the position after it, until `visit` returns false.
 * @throws StorageDamaged
 */
export async function walkBatches(
  file: DiskFile,
  segment: ReadableSegment,
  { from, aheadBytes }: { readonly from: PlacedPoint; readonly aheadBytes: number },
  visit: (batch: Batch, end: number) => boolean,
): Promise<void> {
  let { position, number, offset }: { position: number; number: number; offset: number } = from;
  let bytes: Buffer = Buffer.alloc(0);
  let at = 0;
  let wanted = aheadBytes + positionEveryBytes;
  for (;;) {
    const record = readRecord(bytes, at);
    if (record.kind === 'batch') {
      const { batch } = record;
      // A sound batch in the wrong place is as bad as a damaged one.
      if (batch.number !== number || batch.baseOffset !== offset) {
        throw new StorageDamaged(segment.name, `damaged at position ${position}: batch ${batch.number} is where batch ${number} should be`);
      }
      number += 1;
      offset += batch.entryCount;
      at += batch.bytes.length;
      position += batch.bytes.length;
      if (!visit(batch, position)) return;
    } else if (record.kind === 'mark') {
      at += markBytes;
      position += markBytes;
    } else if (record.kind === 'incomplete') {
      const readEnd = position + (bytes.length - at);
      const length = Math.min(segment.size - readEnd, Math.max(wanted, record.missingBytes));
      if (length <= 0 && at === bytes.length) return;
      const more = length <= 0 ? Buffer.alloc(0) : await file.read(readEnd, length);
      if (more.length === 0) throw new StorageDamaged(segment.name, `damaged at position ${position}: it ends in the middle of a record`);
      bytes = at === bytes.length ? more : Buffer.concat([bytes.subarray(at), more]);
      at = 0;
      wanted = positionEveryBytes;
    } else throw new StorageDamaged(segment.name, `damaged at position ${position}: ${record.reason}`);
  }
}
