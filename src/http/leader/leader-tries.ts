/**
 * Decides what follows from a failed try to have a leader serve a request, here or elsewhere. What no leader took is
 * tried again. What a leader may have stored before it was gone is sent again only if that is harmless, as with an
 * idempotency key or the identity of a forwarded append; and from then on a refusal by another leader does not make the
 * request `rejected`.
 *
 * This knows no network: http/ uses it, and so does the simulator.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import { problems } from '../../api/problems.ts';
import type { LogError, ProblemCode } from '../../api/problems.ts';

/** The leader that ended may have stored it; another leader, or the same one in its next epoch, can tell by the key. */
const endedWithLeader: ReadonlySet<ProblemCode> = new Set(['forward-failed', 'epoch-ended', 'stopped-while-waiting']);

export class LeaderTries {
  /** The failure of an earlier try that may have stored it. */
  #unknown: LogError | undefined;

  /** An earlier try may have stored it. */
  get isInDoubt(): boolean {
    return this.#unknown !== undefined;
  }

  /**
   * @param isRepeatable - it is harmless if two leaders get what this try sent
   * @returns the failure to answer with; `undefined` if it may be tried again
   */
  failed(error: LogError, isRepeatable: boolean): LogError | undefined {
    if (error.code === 'not-leader') return undefined;
    if (problems[error.code].outcome === 'rejected') return this.over(error);
    this.#unknown = error;
    return isRepeatable && endedWithLeader.has(error.code) ? undefined : error;
  }

  /** The failure to answer with when it is not tried again. */
  over(error: LogError): LogError {
    return this.#unknown ?? error;
  }
}

/** Whether a request for the leader of `epoch` is for this node, as things are now. */
export function isMeantFor(self: string, leader: LeaderHint | undefined, epoch: number): boolean {
  return leader?.epoch === epoch && leader.id === self;
}
