/**
 * What a peer's word that two logs agree up to some point means for this node's log.
 *
 * The peer says number and offset; only the number names a place, and the offset must be the one that the own log has
 * there: else a cut could be let pass by its offset and take out what its number says. Where an epoch begins, and where
 * the log ends, the outline knows; anywhere else the storage is asked (`locate`).
 */

import type { LogOutline } from './log-outline.ts';
import { isPointIn } from '../model/epoch-history.ts';
import type { Offset } from '../model/numbers.ts';
import type { LogPoint } from '../model/place.ts';

export type Judgement =
  /** There is nothing behind it here. */
  | 'whole'
  /** What lies behind it may be cut. */
  | 'cut'
  /** What lies behind it is known to be committed, or some of it. */
  | 'committed'
  /** No batch of this log begins there. */
  | 'nowhere'
  /** Only the storage can tell. */
  | 'unsure';

/** @param located - where the storage says that batch `point.number` begins, once it was asked */
export function judgePoint(outline: LogOutline, point: LogPoint, located?: Offset): Judgement {
  if (!isPointIn(outline.shape, point)) return 'nowhere';
  if (point.number === outline.end.number) return 'whole';
  if (point.number < outline.committedNumber || point.offset < outline.committedEnd) return 'committed';
  if (located !== undefined) return located === point.offset ? 'cut' : 'nowhere';
  const isCertain = point.number === 0 || outline.shape.starts.some((start) => start.number === point.number);
  return isCertain ? 'cut' : 'unsure';
}
