/**
 * What a node makes of its tries to have a leader serve a request, here or elsewhere. Nothing came of what no leader took,
 * so it is tried again. What a leader may have stored before it was over is sent again only where that is harmless, as it
 * is with an idempotency key or the identity of a forwarded append; and from then on no refusal, by whoever leads next, makes
 * the request `rejected`.
 *
 * It knows no network: http/ goes by it, and so does the simulator.
 */

import type { LeaderHint } from '../../core/model/messages.ts';
import { problems } from '../../api/problems.ts';
import type { LogError, ProblemCode } from '../../api/problems.ts';

/** A leader that ended may have stored it; another one, or the same in its next epoch, can tell by the key. */
const endedWithLeader: ReadonlySet<ProblemCode> = new Set(['forward-failed', 'epoch-ended', 'stopped-while-waiting']);

export class LeaderTries {
  /** What may have come of an earlier try. */
  #unknown: LogError | undefined;

  /** Whether something may have come of one of them. */
  get isInDoubt(): boolean {
    return this.#unknown !== undefined;
  }

  /**
   * @param isRepeatable - whether it does no harm that two leaders get what this try sent
   * @returns what the asker is to be told; `undefined` if it may be tried again
   */
  failed(error: LogError, isRepeatable: boolean): LogError | undefined {
    if (error.code === 'not-leader') return undefined;
    if (problems[error.code].outcome === 'rejected') return this.over(error);
    this.#unknown = error;
    return isRepeatable && endedWithLeader.has(error.code) ? undefined : error;
  }

  /** What the asker is to be told when it is not tried any more. */
  over(error: LogError): LogError {
    return this.#unknown ?? error;
  }
}

/** Whether what was meant for the leader of an epoch is meant for this node, as it is now. */
export function isMeantFor(self: string, leader: LeaderHint | undefined, epoch: number): boolean {
  return leader?.epoch === epoch && leader.id === self;
}
