/**
 * What would go from a log on a disk, for its age or its size, and where a base could be. It reads a few headers: whole segments
 * are judged by what is known of them, and inside one the search begins at the places of its index.
 */

import type { Survey, SurveyWish } from '../core/model/checkpoint.ts';
import type { LogTime } from '../core/model/log-part.ts';
import { offset, timestampMs } from '../core/model/numbers.ts';
import type { Offset, TimestampMs } from '../core/model/numbers.ts';
import { partitionPoint } from '../core/model/partition-point.ts';
import type { LogPoint } from '../core/model/place.ts';
import type { Disk } from '../ports/ports.ts';
import { headerBytes, timestampIn } from '../protocol/batch-codec.ts';
import type { PlacedPoint, SparseIndex } from './format/sparse-index.ts';
import { withFile } from './format/with-file.ts';
import { walkBatches } from './segments/segment-reader.ts';

export interface SurveyedSegment extends LogTime {
  readonly name: string;
  readonly start: LogPoint;
  readonly end: LogPoint;
  readonly size: number;
}

/** The segments of a log, oldest first, and how to look into them. */
export interface SurveyedLog<Segment extends SurveyedSegment> {
  readonly disk: Disk;
  readonly segments: readonly Segment[];
  readonly base: LogPoint;
  readonly positionsOf: (segment: Segment) => SparseIndex | Promise<SparseIndex>;
}

/** @throws StorageDamaged */
export async function survey<Segment extends SurveyedSegment>(log: SurveyedLog<Segment>, wish: SurveyWish): Promise<Survey> {
  const { segments } = log;
  const older = wish.olderThan === undefined ? undefined : await ofAge(log, wish.olderThan);
  const tooMuch = wish.bytesMax === undefined ? undefined : await ofBytes(log, wish.bytesMax);
  return {
    ofAge: older,
    ofBytes: tooMuch,
    base: baseBefore(log, offset(Math.max(wish.before, older ?? 0, tooMuch ?? 0))),
    storedBytes: segments.reduce((sum, { size }) => sum + size, 0),
    oldest: await oldest(log),
  };
}

function baseBefore<Segment extends SurveyedSegment>({ segments, base }: SurveyedLog<Segment>, before: Offset): Survey['base'] {
  for (let at = segments.length - 1; at > 0; at -= 1) {
    const [segment, last] = [segments[at], segments[at - 1]];
    if (segment === undefined || last === undefined || segment.start.offset > before) continue;
    if (segment.start.number <= base.number) return undefined;
    const freedBytes = segments.slice(0, at).reduce((sum, { size }) => sum + size, 0);
    return { ...segment.start, lastTimestamp: last.lastTimestamp, lastAge: last.lastAge, freedBytes };
  }
  return undefined;
}

async function ofBytes<Segment extends SurveyedSegment>(log: SurveyedLog<Segment>, bytesMax: number): Promise<Offset | undefined> {
  let newer = 0;
  for (const segment of log.segments.toReversed()) {
    if (newer + segment.size <= bytesMax) {
      newer += segment.size;
      continue;
    }
    const from = newer + segment.size - bytesMax;
    const place = (await log.positionsOf(segment)).beforePosition(from);
    return firstWhere(log, { segment, place }, ({ position }) => position >= from);
  }
  return undefined;
}

async function ofAge<Segment extends SurveyedSegment>(log: SurveyedLog<Segment>, olderThan: TimestampMs): Promise<Offset | undefined> {
  const { disk } = log;
  // One without a batch has no date.
  const segments = log.segments.filter(({ start, end }) => end.number > start.number);
  const segment = segments[partitionPoint(segments.length, (at) => (segments[at]?.lastTimestamp ?? 0) < olderThan)];
  if (segment === undefined) return segments.at(-1)?.end.offset;
  const positions = await log.positionsOf(segment);
  const place = await withFile(disk, segment.name, async (file) => {
    // The last place whose batch would go: dates never go back within a log.
    let [low, high] = [0, positions.count];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const isOld = timestampIn(await file.read(positions.at(middle).position, headerBytes)) < olderThan;
      if (isOld) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? { ...segment.start, position: 0 } : positions.at(low - 1);
  });
  return firstWhere(log, { segment, place }, ({ timestamp }) => timestamp >= olderThan);
}

/** The offset of the first batch, from a place on, for which this holds; the end of the segment if it holds for none. */
async function firstWhere<Segment extends SurveyedSegment>(
  { disk }: SurveyedLog<Segment>,
  { segment, place }: { readonly segment: Segment; readonly place: PlacedPoint },
  holds: (batch: { readonly position: number; readonly timestamp: TimestampMs }) => boolean,
): Promise<Offset> {
  const { end } = segment;
  const readable = { name: segment.name, size: segment.size };
  let found: Offset | undefined;
  await withFile(disk, segment.name, (file) =>
    walkBatches(file, readable, { from: place, aheadBytes: 0 }, (batch, after) => {
      const position = after - batch.bytes.length;
      if (!holds({ position, timestamp: batch.timestamp })) return batch.number + 1 < end.number;
      found = batch.baseOffset;
      return false;
    }),
  );
  return found ?? offset(end.offset);
}

async function oldest<Segment extends SurveyedSegment>(log: SurveyedLog<Segment>): Promise<TimestampMs | undefined> {
  const [first] = log.segments;
  if (first === undefined || first.end.number === first.start.number) return undefined;
  return withFile(log.disk, first.name, async (file) => timestampMs(timestampIn(await file.read(0, headerBytes))));
}
