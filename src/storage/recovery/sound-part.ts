/** Finds how much of a log is sound before its first damage. Changes nothing. */

import { batchNumber, epoch, offset } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import { SegmentMetadata } from '../format/segment-metadata.ts';
import { firstOffsetOf } from '../format/segment-names.ts';
import { findStoredPart } from './stored-part.ts';
import { withFile } from '../format/with-file.ts';
import { scanSegment } from '../segments/segment-scan.ts';

export interface SoundPart {
  /** How many segments hold part of it. */
  readonly segments: number;
  readonly batches: number;
  /** How many entries are sound, which is also the offset of the first one that is not. */
  readonly entries: number;
  readonly epoch: number;
}

/** @param base - where the log begins; `undefined`: at its first batch */
export async function soundPart(disk: Disk, base: LogPoint | undefined): Promise<SoundPart> {
  const { names, start } = await findStoredPart(disk, base);
  let end: LogPoint = start ?? base ?? { number: batchNumber(0), offset: offset(0) };
  let lastEpoch = epoch(0);
  let segments = 0;
  for (const name of names) {
    if (firstOffsetOf(name) !== end.offset) break;
    const segment = new SegmentMetadata(end, lastEpoch);
    const isWhole = await scanInto(disk, segment);
    if (segment.end.number > end.number) segments += 1;
    end = segment.end;
    lastEpoch = segment.lastEpoch;
    if (!isWhole) break;
  }
  return { segments, batches: end.number, entries: end.offset, epoch: lastEpoch };
}

/** Adds the batches before any damage to `segment`. @returns whether the whole segment is sound */
async function scanInto(disk: Disk, segment: SegmentMetadata): Promise<boolean> {
  try {
    const scan = await withFile(disk, segment.name, (file) => scanSegment(file, (batch, position) => segment.take(batch, position)));
    return scan.problem === undefined;
  } catch (error) {
    if (error instanceof UnknownFormat) return false;
    throw error;
  }
}
