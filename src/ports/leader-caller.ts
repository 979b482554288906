/**
 * The way to a leader on another node, for what only a leader can do. `http/leader/leader-client.ts` is that way on Node,
 * and the simulator has one through its network; both are walked by `http/leader/forwarding.ts`.
 */

import type { ForwardIdentity } from '../core/model/forward-identity.ts';
import type { Epoch } from '../core/model/numbers.ts';

/** What a leader is told beside the request itself. */
export interface LeaderTerms {
  /** Of the leader that the request is meant for. */
  readonly epoch: Epoch;
  /** What it may take there, in whole milliseconds. */
  readonly timeoutMs: number;
  /** What it is to be known by if it is sent again; `undefined` where nothing is, or a key does that. */
  readonly identity: ForwardIdentity | undefined;
  /** Breaks it off: the answer came too late, or there is none to wait for any more. */
  readonly over: AbortSignal;
}

/** `Call` is the request, in the form that this way takes. */
export interface LeaderCaller<Call, Answer> {
  /**
   * Asks once.
   * @throws NotSent if nobody got it; LogError: what the leader refused, `not-leader` if who is there leads no more or
   * another epoch, or `forward-failed` if nobody knows what came of it
   */
  ask(url: string, call: Call, terms: LeaderTerms): Promise<Answer>;
}

/** Nobody got the request. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}
