/**
 * Sends requests to a leader on another node, for what only a leader can do. `http/leader/leader-client.ts` implements it on
 * Node, and the simulator over its own network; `http/leader/forwarding.ts` uses it.
 */

import type { ForwardIdentity } from '../core/model/forward-identity.ts';
import type { Epoch } from '../core/model/numbers.ts';

/** What a leader is told besides the request itself. */
export interface LeaderTerms {
  /** The epoch of the leader that the request is meant for. */
  readonly epoch: Epoch;
  /** How long it may take there, in whole milliseconds. */
  readonly timeoutMs: number;
  /** How the leader recognises the request if it is sent again; `undefined` if it is never sent again, or has a key. */
  readonly identity: ForwardIdentity | undefined;
  /** Whether it takes appends that are forwarded in one request. */
  readonly takesTogether: boolean;
  /** Aborts the request, because its time is up or the answer is no longer needed. */
  readonly over: AbortSignal;
}

/** `Call` is the request, in the form that this implementation takes. */
export interface LeaderCaller<Call, Answer> {
  /**
   * Sends the request once.
   * @throws NotSent if no node got it; LogError with the leader's refusal, with `not-leader` if the node there no longer leads
   * or leads another epoch, or with `forward-failed` if it is unknown whether the request was carried out
   */
  ask(url: string, call: Call, terms: LeaderTerms): Promise<Answer>;
}

/** No node got the request. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}
