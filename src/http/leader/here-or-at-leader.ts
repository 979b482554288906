/**
 * Serves a request that only a leader can serve: here while this node leads or seeks to lead, otherwise at the leader.
 *
 * A node that stops seeking to lead, or ends its epoch, drops what waits in its queue as `not-leader`: nothing was
 * stored. So such a request goes on to the present leader, with the remaining time, and the client does not notice.
 * What the node had already stored goes on as well, if that is harmless.
 */

import type { Driver } from '../../driver/driver.ts';
import type { Clock } from '../../ports/ports.ts';
import { checkIsMeant } from './forwarded.ts';
import type { ForwardedFrom, MeantNode } from './forwarded.ts';
import { LeaderTries } from './leader-tries.ts';
import { LogError } from '../../api/problems.ts';

export interface LeadersCall<T> {
  readonly timeoutMs: number;
  /** Set if another node forwarded it: it is not forwarded again, and that node looks for the leader anew. */
  readonly forwarded: ForwardedFrom | undefined;
  /** It is harmless if two leaders get it. */
  readonly isRepeatable: boolean;
  readonly here: (timeoutMs: number) => Promise<T>;
  readonly atLeader: (timeoutMs: number) => Promise<T>;
}

/** What this needs of its node. */
export interface ServingNode extends MeantNode {
  readonly driver: Pick<Driver, 'leader' | 'isSeekingOrLeading' | 'waitUntil'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Pause before a node that seeks to lead, and does not lead yet, is asked again. */
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
      // Without this pause a candidate would be asked, and would refuse, over and over.
      if (driver.isSeekingOrLeading) await driver.waitUntil(() => !driver.isSeekingOrLeading, Math.min(lookAgainMs, leftMs));
    }
  }
}
