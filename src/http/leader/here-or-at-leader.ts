/**
 * Where a request is served that only a leader can serve: here while this node leads or seeks to, else at the leader.
 *
 * A node that stops seeking, or ends its epoch, lets go of what waits in its queue as `not-leader`: nothing came of it, for
 * certain. So it goes on to whoever leads now, with the time that is left, and the client does not have to know. What it
 * had stored by then goes on as well, if that is harmless.
 */

import type { Driver } from '../../driver/driver.ts';
import type { Clock } from '../../ports/ports.ts';
import { checkIsMeant } from './forwarded.ts';
import type { ForwardedFrom, MeantNode } from './forwarded.ts';
import { LeaderTries } from './leader-tries.ts';
import { LogError } from '../../api/problems.ts';

export interface LeadersCall<T> {
  readonly timeoutMs: number;
  /** Another node passed it on: it goes no further, and that node looks for the leader anew. */
  readonly forwarded: ForwardedFrom | undefined;
  /** Whether it does no harm that two leaders get it. */
  readonly isRepeatable: boolean;
  readonly here: (timeoutMs: number) => Promise<T>;
  readonly atLeader: (timeoutMs: number) => Promise<T>;
}

/** What it takes to know where a request is served. */
export interface ServingNode extends MeantNode {
  readonly driver: Pick<Driver, 'leader' | 'isSeekingOrLeading' | 'waitUntil'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Who seeks to lead, and does not lead yet, is asked again so soon. */
const lookAgainMs = 50;

/** @throws LogError */
export async function hereOrAtLeader<T>(node: ServingNode, call: LeadersCall<T>): Promise<T> {
  const { driver, clock } = node;
  if (call.forwarded !== undefined) {
    checkIsMeant(node, call.forwarded);
    return call.here(call.timeoutMs);
  }
  const deadline = clock.now() + call.timeoutMs;
  const tries = new LeaderTries();
  for (let remainingMs = call.timeoutMs; ; remainingMs = Math.floor(deadline - clock.now())) {
    try {
      return await (driver.isSeekingOrLeading ? call.here(remainingMs) : call.atLeader(remainingMs));
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      const told = tries.failed(error, call.isRepeatable);
      if (told !== undefined) throw told;
      const leftMs = deadline - clock.now();
      if (leftMs < 1) throw tries.over(error);
      // This node would be asked again at once, and a candidate would refuse as often.
      if (driver.isSeekingOrLeading) await driver.waitUntil(() => !driver.isSeekingOrLeading, Math.min(lookAgainMs, leftMs));
    }
  }
}
