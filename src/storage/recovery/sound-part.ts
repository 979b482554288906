/** Finds how much of a log is sound before its first damage. Changes nothing. */

import { epoch } from '../../core/model/numbers.ts';
import { logStart } from '../../core/model/place.ts';
import type { LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import { SegmentMetadata } from '../format/segment-metadata.ts';
import { firstOffsetOf } from '../format/segment-names.ts';
import { StorageDamaged } from '../format/storage-damaged.ts';
import { findStoredPart } from './stored-part.ts';
import type { StoredPart } from './stored-part.ts';
import { withFile } from '../format/with-file.ts';
import { scanSegment } from '../segments/segment-scan.ts';

export interface SoundPart {
  /** How many segments hold part of it. */
  readonly segments: number;
  /** From the base on. */
  readonly batches: number;
  /** The offset of the first entry that is not sound. */
  readonly entries: number;
  readonly epoch: number;
}

/** @param base - where the log begins; `undefined`: at its first batch */
export async function soundPart(disk: Disk, base: LogPoint | undefined): Promise<SoundPart> {
  const { names, start } = await partOrNone(disk, base);
  let end: LogPoint = start ?? base ?? logStart;
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
  // Damage before the base leaves nothing behind it.
  if (base !== undefined && end.number < base.number) return { segments: 0, batches: 0, entries: base.offset, epoch: 0 };
  return { segments, batches: end.number - (base?.number ?? 0), entries: end.offset, epoch: lastEpoch };
}

/** No segment, if what is before the base is damaged. */
async function partOrNone(disk: Disk, base: LogPoint | undefined): Promise<Pick<StoredPart, 'names' | 'start'>> {
  try {
    return await findStoredPart(disk, base);
  } catch (error) {
    if (error instanceof StorageDamaged || error instanceof UnknownFormat) return { names: [], start: undefined };
    throw error;
  }
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
