/**
 * How much of what was read of a node is still true when more is heard of it. A change of leader may cut a node's log, and
 * the log may have grown beyond the cut before the page hears anything; but what was committed stays.
 */

import type { Health } from '../../api/health.ts';

/** @returns one past the last entry that is surely the same, or `undefined` if all are */
export function survivingEnd(before: Health | undefined, now: Health): number | undefined {
  if (before === undefined) return undefined;
  // An emptied disk, or another cluster: another log.
  if (before.cluster !== now.cluster || before.storage !== now.storage) return 0;
  // Entries are cut when a node comes under another leader, and that leader has an epoch of its own.
  if (before.epoch !== now.epoch) return Math.min(before.ends.committedEnd, now.ends.logEnd);
  return now.ends.logEnd < before.ends.logEnd ? now.ends.logEnd : undefined;
}
