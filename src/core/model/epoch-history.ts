/**
 * Where each epoch begins in a log: enough to find the last place on which two logs agree, without looking at a
 * single batch of either.
 *
 * Why it is enough: a leader's log when its epoch begins is fixed by that epoch, so any two logs that hold a batch
 * of epoch e are equal up to e's first batch, and from there up to where the shorter one leaves e.
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

/** A whole log, as far as its matching with another one goes. Starts ascend in epoch and in number. */
export interface LogShape {
  readonly starts: readonly EpochStart[];
  readonly end: LogPoint;
}

/** Whether a log could have this shape. */
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
 * Whether batch `number` of this log can begin at this offset, as far as a shape tells: certain where an epoch begins
 * and where the log ends, and otherwise between these.
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

/** One past the last batch on which the two logs agree. */
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
      // One leader per epoch makes this impossible; if it happened all the same, they don't agree here.
      i -= 1;
      j -= 1;
    } else {
      // A start of an epoch is more than a point, and whoever goes on from here begins another one.
      const { number, offset } = earlierPoint(a.starts[i + 1] ?? a.end, b.starts[j + 1] ?? b.end);
      return { number, offset };
    }
  }
}

/** The history of the log that is left when everything from `point` on is cut. */
export function historyBefore(starts: readonly EpochStart[], point: LogPoint): EpochStart[] {
  return starts.filter((start) => start.number < point.number);
}

/** An entry as a reader knew it: two entries of one epoch at one offset are the same. */
export interface SeenEntry {
  readonly epoch: Epoch;
  readonly offset: Offset;
}

/**
 * Whether a log holds an entry that was seen, here or elsewhere. `ahead`: not yet, and it may still come; `cut`: it
 * does not, and never will, unless another node that has it leads.
 */
export function standingOf(seen: SeenEntry, { starts, end }: LogShape): 'held' | 'ahead' | 'cut' {
  const index = starts.findLastIndex((start) => start.epoch <= seen.epoch);
  const [start, next] = [starts[index], starts[index + 1]];
  // A later epoch has begun, perhaps without an entry so far: what earlier ones had beyond its start is gone.
  if (next !== undefined && seen.offset >= next.offset) return 'cut';
  if (seen.offset >= end.offset) return 'ahead';
  return start?.epoch === seen.epoch && seen.offset >= start.offset ? 'held' : 'cut';
}

/**
 * The same of one that is committed, or acknowledged by who leads now, and on its way here: until this log has reached its
 * epoch, what lies in its place is what the leader of that epoch is about to cut.
 */
export function standingOfComing(seen: SeenEntry, shape: LogShape): 'held' | 'ahead' | 'cut' {
  const newest = shape.starts.at(-1)?.epoch ?? epoch(0);
  return newest < seen.epoch ? 'ahead' : standingOf(seen, shape);
}
