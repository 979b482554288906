/** Why a call failed: a node's problem document (RFC 9457), or what the client found itself. */

import { readProblem } from '../api/problem-document.ts';
import type { Outcome, ProblemFacts } from '../api/problem-document.ts';
import type { ProblemCode as ServerProblemCode } from '../api/problems.ts';

/**
 * `unreachable`: no answer; `bad-answer`: one that no node of a log gives; `not-sent`: it waited too long behind other
 * appends; `too-many-pending`: as many messages as `maxPending` allows have not been answered yet.
 */
export type ClientProblemCode = 'unreachable' | 'bad-answer' | 'not-sent' | 'too-many-pending';

/** What a `ProblemError` can have as its `code`: those of docs/errors.md, and those that the client finds itself. */
export type ProblemCode = ServerProblemCode | ClientProblemCode;

export interface ProblemParts {
  readonly code: ProblemCode;
  /** The node's title for the code, if a node answered. */
  readonly title?: string | undefined;
  readonly detail: string;
  readonly outcome: Outcome;
  readonly retryable: boolean;
  readonly status?: number | undefined;
  readonly facts?: ProblemFacts;
}

/** A failed call. Switch on its `code`; `outcome` says whether what was asked may have happened. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** For programs; the message is for people, and may change. */
  readonly code: ProblemCode;
  /** The node's title for the code; `undefined` for a failure that the client found. */
  readonly title: string | undefined;
  /** The sentence for this failure: the message, without code and outcome. */
  readonly detail: string;
  /** `rejected`: it did not happen and will not. `unknown`: it may have happened, or may still happen. */
  readonly outcome: Outcome;
  /** Whether the same call, made later, can succeed. The client has already retried for as long as it was allowed to. */
  readonly retryable: boolean;
  /** Status of the HTTP answer, if there was one. */
  readonly status: number | undefined;
  /** What the node added, such as `offset`, `acks` and `waitingFor`. */
  readonly facts: ProblemFacts;

  constructor(parts: ProblemParts, options?: ErrorOptions) {
    super(`${parts.detail} (${parts.code}, ${parts.outcome})`, options);
    this.#parts = parts;
    this.code = parts.code;
    this.title = parts.title;
    this.detail = parts.detail;
    this.outcome = parts.outcome;
    this.retryable = parts.retryable;
    this.status = parts.status;
    this.facts = parts.facts ?? {};
  }

  readonly #parts: ProblemParts;

  /** The same failure with some changes, for one of several appends that shared a request. */
  with(changes: Partial<ProblemParts>): ProblemError {
    return new ProblemError({ ...this.#parts, ...changes }, { cause: this });
  }
}

/** Reads a problem document; `undefined` if no node of a log would answer so. */
export function problemIn(text: string, status: number): ProblemError | undefined {
  const read = readProblem(text);
  if (read?.code === undefined || read.outcome === undefined) return undefined;
  const { code, title, detail = code, outcome, retryable, facts } = read;
  // A newer node may know more codes.
  return new ProblemError({ code: code as ProblemCode, title, detail, outcome, retryable, status, facts });
}
