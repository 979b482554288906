/**
 * For how long nothing was acknowledged after the leader was struck: until the next append that was sent after that is
 * acknowledged by a majority. Judges nothing, and leaves out gaps during which another fault was in force.
 */

import { isLasting } from './history.ts';
import type { Attempt, History, Strike } from './history.ts';

/** Before these faults strike, something else is done to the node. */
const prepared: ReadonlySet<string> = new Set(['empty', 'damage', 'shorten']);

export interface Gap {
  readonly kind: string;
  readonly ms: number;
}

export function leaderGaps({ attempts, strikes }: Pick<History, 'attempts' | 'strikes'>, nodeCount: number): Gap[] {
  const acknowledged = attempts
    .filter(({ outcome, w }) => outcome === 'acknowledged' && isLasting(w, nodeCount))
    .toSorted((a, b) => a.ended - b.ended);
  return strikes.flatMap((strike, index): Gap[] => {
    if (!strike.isLeader || !strike.isAlone || prepared.has(strike.kind)) return [];
    const next = nextAfter(acknowledged, strike);
    const disturbance = strikes[index + 1];
    if (next === undefined || (disturbance !== undefined && disturbance.at < next.ended)) return [];
    return [{ kind: strike.kind, ms: next.ended - strike.at }];
  });
}

function nextAfter(acknowledged: readonly Attempt[], { at }: Strike): Attempt | undefined {
  let [low, high] = [0, acknowledged.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((acknowledged[middle]?.ended ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  for (let index = low; index < acknowledged.length; index += 1) {
    const attempt = acknowledged[index];
    if (attempt !== undefined && attempt.began >= at) return attempt;
  }
  return undefined;
}

/** The smallest of the gaps that this share of them does not exceed. */
export function quantileOf(gaps: readonly Gap[], share: number): number {
  const sorted = gaps.map(({ ms }) => ms).toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
