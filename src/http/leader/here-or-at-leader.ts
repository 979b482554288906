/**
 * Where a request is served that only a leader can serve: here while this node leads or seeks to, else at the leader.
 *
 * A node that stops seeking, or ends its reign, lets go of what waits in its line as `not-leader`: nothing came of it, for
 * certain. So it goes on to whoever leads now, with the time that is left, and the client does not have to know. What it
 * had stored by then goes on as well, if that is harmless.
 */

import type { Driver } from '../../driver/driver.ts';
import { LeaderTries } from './leader-tries.ts';
import { LogError } from '../../api/problems.ts';

export interface LeadersCall<T> {
  readonly timeoutMs: number;
  /** Another node passed it on: it goes no further, and that node looks for the leader anew. */
  readonly isForwarded: boolean;
  /** Whether it does no harm that two leaders get it. */
  readonly isRepeatable: boolean;
  readonly here: (timeoutMs: number) => Promise<T>;
  readonly atLeader: (timeoutMs: number) => Promise<T>;
}

/** @throws LogError */
export async function hereOrAtLeader<T>(driver: Pick<Driver, 'isSeekingOrLeading'>, call: LeadersCall<T>): Promise<T> {
  const deadline = performance.now() + call.timeoutMs;
  const tries = new LeaderTries(call.isRepeatable);
  for (let remainingMs = call.timeoutMs; ; remainingMs = Math.floor(deadline - performance.now())) {
    if (call.isForwarded) return call.here(remainingMs);
    try {
      return await (driver.isSeekingOrLeading ? call.here(remainingMs) : call.atLeader(remainingMs));
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      const told = tries.failed(error);
      if (told !== undefined) throw told;
      if (deadline - performance.now() < 1) throw tries.over(error);
    }
  }
}
