/**
 * A peer says that two logs agree up to some point: what this means for this node's log.
 *
 * The peer gives a batch number and an offset. The cut goes by the number, so the offset must be the one that this log has
 * there: otherwise a cut could be allowed because of its offset and still remove committed batches. The outline knows the
 * offset where an epoch begins and where the log ends; for any other point the storage is asked (`locate`).
 */

import type { LogOutline } from './log-outline.ts';
import { isPointIn } from '../model/epoch-history.ts';
import type { Offset } from '../model/numbers.ts';
import type { Restart } from '../model/messages.ts';
import type { LogPoint } from '../model/place.ts';

/** What a node must do first whose log agrees with this one up to `point`: if that lies before this log's base, it restarts. */
export function restartFrom(point: LogPoint, base: LogPoint): Restart | undefined {
  return point.number < base.number ? { base } : undefined;
}

export type Judgement =
  /** This log ends there. */
  | 'whole'
  /** What lies behind it may be cut. */
  | 'cut'
  /** Some of what lies behind it is known to be committed. */
  | 'committed'
  /** No batch of this log begins there. */
  | 'nowhere'
  /** Only the storage can tell. */
  | 'unsure';

/** @param located - where batch `point.number` begins according to the storage, if it was asked */
export function judgePoint(outline: LogOutline, point: LogPoint, located?: Offset): Judgement {
  if (!isPointIn(outline.shape, point)) return 'nowhere';
  if (point.number === outline.end.number) return 'whole';
  if (point.number < outline.committedNumber || point.offset < outline.committedEnd) return 'committed';
  if (located !== undefined) return located === point.offset ? 'cut' : 'nowhere';
  const isCertain = point.number === 0 || outline.shape.starts.some((start) => start.number === point.number);
  return isCertain ? 'cut' : 'unsure';
}
