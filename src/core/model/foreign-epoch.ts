/**
 * Which epochs a node accepts from others. A promise cannot be taken back, so a promise of a huge epoch would make all lower
 * ones unusable. Each campaign raises the epoch by one, so a big leap is a mistake.
 */

import { epoch } from './numbers.ts';
import type { Epoch } from './numbers.ts';

/** How far above its promised epoch a node goes in one step: more campaigns than there will ever be. */
export const epochLeapMax = 2 ** 32;
/** No node goes beyond this. The numbers above are left for values that are computed from an epoch. */
export const epochMax = 2 ** 52;

/** Whether a node that promised `promised` may go to `foreign`. */
export function isWithinReach(foreign: Epoch, promised: Epoch): boolean {
  return foreign <= epochMax && foreign - promised <= epochLeapMax;
}

/** At most this many steps at a time. If a node needs more, it gets the next ones on its next stream. */
const rungsMax = 1000;

/** The epochs that lead a node that promised `from` to where `to` is within its reach; none if it already is. */
export function rungsBetween(from: Epoch, to: Epoch): Epoch[] {
  const rungs: Epoch[] = [];
  for (let next = from + epochLeapMax; next < to && rungs.length < rungsMax; next += epochLeapMax) rungs.push(epoch(next));
  return rungs;
}
