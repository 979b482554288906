/** How a node is judged by the time since its last word. */

import type { InstantMs } from './numbers.ts';

export type Health = 'healthy' | 'suspected' | 'unhealthy';

export interface HealthLimits {
  readonly suspectedAfterMs: number;
  readonly unhealthyAfterMs: number;
}

/**
 * @param lastHeard - `undefined` for a node that was not heard yet: it is suspected at first, and unhealthy when
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
