/** Finds the position in a segment where a log is cut, and the metadata of the segment up to there. */

import { assert } from '../../core/model/assert.ts';
import type { LogTime } from '../../core/model/log-part.ts';
import { batchNumber, logAge, timestampMs } from '../../core/model/numbers.ts';
import type { Epoch } from '../../core/model/numbers.ts';
import type { LogPoint } from '../../core/model/place.ts';
import type { Disk } from '../../ports/ports.ts';
import type { SparseIndex } from '../format/sparse-index.ts';
import { SegmentMetadata } from '../format/segment-metadata.ts';
import { walkBatches } from './segment-reader.ts';
import type { ReadableSegment } from './segment-reader.ts';
import { SegmentScan } from './segment-scan.ts';
import { StorageDamaged } from '../format/storage-damaged.ts';
import { withFile } from '../format/with-file.ts';

const scanBytes = 1024 * 1024;

/** Where the cut is, and the time of the batch before it. */
export interface CutPlace extends LogTime {
  /** The position of batch `point.number` in its segment. */
  readonly position: number;
}

/** @throws StorageDamaged */
export async function findCut(
  disk: Disk,
  segment: ReadableSegment & { readonly start: LogPoint },
  { positions, point }: { readonly positions: SparseIndex; readonly point: LogPoint },
): Promise<CutPlace> {
  if (point.number === segment.start.number) return { position: 0, lastTimestamp: timestampMs(0), lastAge: logAge(0) };
  const last = batchNumber(point.number - 1);
  let found: CutPlace | undefined;
  await withFile(disk, segment.name, (file) =>
    walkBatches(file, segment, { from: positions.before(last), aheadBytes: 0 }, (batch, end) => {
      if (batch.number === last) found = { position: end, lastTimestamp: batch.timestamp, lastAge: batch.age };
      return batch.number < last;
    }),
  );
  assert(found !== undefined, 'the places lead to the batch before the cut');
  return found;
}

/**
 * The metadata of this segment up to `position`, where a batch ends. `epochBefore`: of the batch before the segment, if known. The segment is read again, since not all of it can be
 * derived from the metadata of the whole.
 * @throws StorageDamaged
 */
export async function metadataBefore(
  disk: Disk,
  { start, epochBefore }: { readonly start: LogPoint; readonly epochBefore: Epoch },
  position: number,
): Promise<SegmentMetadata> {
  const metadata = new SegmentMetadata(start, epochBefore);
  const { name } = metadata;
  const scan = new SegmentScan((batch, at) => metadata.take(batch, at));
  await withFile(disk, name, async (file) => {
    for (;;) {
      const result = await scan.step(file, scanBytes, position);
      if (result === undefined) continue;
      if (result.problem === undefined) return;
      throw new StorageDamaged(name, `damaged at position ${result.validEnd}, where flushed data was: ${result.problem}`);
    }
  });
  metadata.setSize(position);
  return metadata;
}
