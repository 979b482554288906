/**
 * Where each epoch begins in a log: enough to find the last point up to which two logs agree, without looking at a
 * single batch of either.
 *
 * Why it is enough: an epoch has one leader, which begins it with one log. So any two logs that hold a batch of epoch e are
 * equal up to e's first batch, and from there to the point where the first of them leaves e.
 */

import { epoch } from './numbers.ts';
import type { BatchNumber, Epoch, Offset } from './numbers.ts';
import { partitionPoint } from './partition-point.ts';
import { earlierPoint, logStart } from './place.ts';
import type { LogPoint } from './place.ts';

/** An epoch and the point before its first batch. */
export interface EpochStart extends LogPoint {
  readonly epoch: Epoch;
}

/** All that is needed of a log to match it with another one. The starts ascend in epoch and in number. */
export interface LogShape {
  readonly starts: readonly EpochStart[];
  readonly end: LogPoint;
}

/** Whether this shape is possible for a log. */
export function isLogShape({ starts, end }: LogShape): boolean {
  let [before, beforeEpoch]: [LogPoint, number] = [logStart, 0];
  for (const start of starts) {
    const isFirst = beforeEpoch === 0;
    const isBehind = isFirst ? start.number === 0 && start.offset === 0 : start.number > before.number && start.offset >= before.offset;
    if (!isBehind || start.epoch <= beforeEpoch) return false;
    [before, beforeEpoch] = [start, start.epoch];
  }
  return starts.length === 0 ? end.number === 0 && end.offset === 0 : end.number > before.number && end.offset >= before.offset;
}

/**
 * Whether batch `number` of this log can begin at this offset, as far as the shape tells. The shape knows the exact offset
 * where an epoch begins and where the log ends, and only bounds in between.
 */
export function isPointIn({ starts, end }: LogShape, point: LogPoint): boolean {
  if (point.number > end.number) return false;
  if (point.number === end.number) return point.offset === end.offset;
  let index = starts.length - 1;
  while (index > 0 && (starts[index]?.number ?? 0) > point.number) index -= 1;
  const start = starts[index] ?? logStart;
  if (point.number === start.number) return point.offset === start.offset;
  return point.offset >= start.offset && point.offset <= (starts[index + 1] ?? end).offset;
}

/** The epoch of batch `number`; 0 if it lies before the first batch. */
export function epochAt(starts: readonly EpochStart[], number: BatchNumber): Epoch {
  const behind = partitionPoint(starts.length, (index) => (starts[index]?.number ?? 0) <= number);
  return starts[behind - 1]?.epoch ?? epoch(0);
}

/** One past the last batch that both logs have. */
export function agreedPoint(a: LogShape, b: LogShape): LogPoint {
  let i = a.starts.length - 1;
  let j = b.starts.length - 1;
  for (;;) {
    const startA = a.starts[i];
    const startB = b.starts[j];
    if (startA === undefined || startB === undefined) return logStart;
    if (startA.epoch > startB.epoch) i -= 1;
    else if (startA.epoch < startB.epoch) j -= 1;
    else if (startA.number !== startB.number || startA.offset !== startB.offset) {
      // Impossible, since an epoch has one leader. If it happens all the same, the logs do not agree here.
      i -= 1;
      j -= 1;
    } else {
      // An `EpochStart` has an epoch too, which is not part of the point.
      const { number, offset } = earlierPoint(a.starts[i + 1] ?? a.end, b.starts[j + 1] ?? b.end);
      return { number, offset };
    }
  }
}

/** The history of the log that remains when everything from `point` on is cut. */
export function historyBefore(starts: readonly EpochStart[], point: LogPoint): EpochStart[] {
  return starts.filter((start) => start.number < point.number);
}

/** An entry that a reader has seen. Entries with the same epoch and offset are the same entry. */
export interface SeenEntry {
  readonly epoch: Epoch;
  readonly offset: Offset;
}

/**
 * Whether a log holds an entry that was seen, here or on another node. `ahead`: not yet, but it may still come. `cut`: no, and
 * it never will, unless a node that has the entry comes to lead.
 */
export function standingOf(seen: SeenEntry, { starts, end }: LogShape): 'held' | 'ahead' | 'cut' {
  const index = starts.findLastIndex((start) => start.epoch <= seen.epoch);
  const [start, next] = [starts[index], starts[index + 1]];
  // A later epoch has begun, perhaps without an entry so far: entries of earlier epochs at or beyond its start are gone.
  if (next !== undefined && seen.offset >= next.offset) return 'cut';
  if (seen.offset >= end.offset) return 'ahead';
  return start?.epoch === seen.epoch && seen.offset >= start.offset ? 'held' : 'cut';
}

/**
 * The same for an entry that is on its way here, because it is committed or the present leader acknowledged it. Until this log
 * has reached its epoch, an entry in its place is one that will be cut, so the answer is `ahead`.
 */
export function standingOfComing(seen: SeenEntry, shape: LogShape): 'held' | 'ahead' | 'cut' {
  const newest = shape.starts.at(-1)?.epoch ?? epoch(0);
  return newest < seen.epoch ? 'ahead' : standingOf(seen, shape);
}
