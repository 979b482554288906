/** Judges a node's health by how long ago it was last heard. */

import type { InstantMs } from './numbers.ts';

export type Health = 'healthy' | 'suspected' | 'unhealthy';

export interface HealthLimits {
  readonly suspectedAfterMs: number;
  readonly unhealthyAfterMs: number;
}

/**
 * @param times.lastHeard - `undefined` for a node that has not been heard yet: it is suspected at first, and unhealthy once
 *   `unhealthyAfterMs` have passed since `since`
 */
export function judgeHealth(
  limits: HealthLimits,
  times: { readonly now: InstantMs; readonly lastHeard: InstantMs | undefined; readonly since: InstantMs },
): Health {
  const silentMs = times.now - (times.lastHeard ?? times.since);
  if (silentMs >= limits.unhealthyAfterMs) return 'unhealthy';
  if (silentMs >= limits.suspectedAfterMs || times.lastHeard === undefined) return 'suspected';
  return 'healthy';
}
