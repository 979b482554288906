/**
 * Where a request is served that only a leader can serve: here while this node leads or seeks to, else at the leader.
 *
 * A node that stops seeking, or ends its reign, lets go of what waits in its line as `not-leader`: nothing came of it, for
 * certain. So it goes on to whoever leads now, with the time that is left, and the client does not have to know.
 */

import type { Driver } from '../driver.ts';
import { LogError } from '../problems.ts';

export interface LeadersCall<T> {
  readonly timeoutMs: number;
  /** Another node passed it on: it goes no further, and that node looks for the leader anew. */
  readonly isForwarded: boolean;
  readonly here: (timeoutMs: number) => Promise<T>;
  readonly atLeader: (timeoutMs: number) => Promise<T>;
}

/** @throws LogError */
export async function hereOrAtLeader<T>(driver: Pick<Driver, 'isSeekingOrLeading'>, call: LeadersCall<T>): Promise<T> {
  const deadline = performance.now() + call.timeoutMs;
  for (let remainingMs = call.timeoutMs; ; remainingMs = Math.floor(deadline - performance.now())) {
    if (call.isForwarded) return call.here(remainingMs);
    if (!driver.isSeekingOrLeading) return call.atLeader(remainingMs);
    try {
      return await call.here(remainingMs);
    } catch (error) {
      if (!isNotLeader(error) || deadline - performance.now() < 1) throw error;
    }
  }
}

function isNotLeader(error: unknown): boolean {
  return error instanceof LogError && error.code === 'not-leader';
}
