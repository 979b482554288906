/**
 * Which epochs of others are believed. A promise is for ever, so one that is asked for out of reach would take all
 * numbers below it away from everybody: an epoch grows by one with each campaign, and a leap is somebody's mistake.
 */

import { epoch } from './numbers.ts';
import type { Epoch } from './numbers.ts';

/** How far above what it promised a node goes at a time: more campaigns than there will ever be. */
export const epochLeapMax = 2 ** 32;
/** No node goes beyond this. What is left above is for numbers that grow from an epoch. */
export const epochMax = 2 ** 52;

/** Whether a node that promised `promised` may go to `foreign`. */
export function isWithinReach(foreign: Epoch, promised: Epoch): boolean {
  return foreign <= epochMax && foreign - promised <= epochLeapMax;
}

/** Steps that are asked for at a time, at most: who lacks more asks again on its next stream. */
const rungsMax = 1000;

/** The epochs over which who promised `from` is led to where `to` is within its reach: none if it is already. */
export function rungsBetween(from: Epoch, to: Epoch): Epoch[] {
  const rungs: Epoch[] = [];
  for (let next = from + epochLeapMax; next < to && rungs.length < rungsMax; next += epochLeapMax) rungs.push(epoch(next));
  return rungs;
}
