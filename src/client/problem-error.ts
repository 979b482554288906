/** Why a call failed: what the node said (RFC 9457), or what the client found. */

import { readProblem } from '../api/problem-document.ts';
import type { Outcome, ProblemFacts } from '../api/problem-document.ts';
import type { ProblemCode as ServerProblemCode } from '../api/problems.ts';

/** `unreachable`: no answer; `bad-answer`: none that a node of the log gives; `not-sent`: it waited behind others for too long. */
export type ClientProblemCode = 'unreachable' | 'bad-answer' | 'not-sent';

export type ProblemCode = ServerProblemCode | ClientProblemCode;

export interface ProblemParts {
  readonly code: ProblemCode;
  /** Of the code, where a node said it. */
  readonly title?: string | undefined;
  readonly detail: string;
  readonly outcome: Outcome;
  readonly retryable: boolean;
  readonly status?: number | undefined;
  readonly facts?: ProblemFacts;
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** For programs; the message is for people, and may change. */
  readonly code: ProblemCode;
  /** The node's sentence for the code; `undefined` for what the client found. */
  readonly title: string | undefined;
  /** The sentence for this failure: the message without code and outcome. */
  readonly detail: string;
  /** `rejected`: it did not happen and will not. `unknown`: it may have happened, and may still. */
  readonly outcome: Outcome;
  /** Whether the same call, made later, can succeed. The client has tried for as long as it was allowed to. */
  readonly retryable: boolean;
  /** Of the HTTP answer, if there was one. */
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

  /** The same with other facts, for one of several that shared a request. */
  with(changes: Partial<ProblemParts>): ProblemError {
    return new ProblemError({ ...this.#parts, ...changes }, { cause: this });
  }
}

/** What a node answered instead of a result; `undefined` if no node of the log answers so. */
export function problemIn(text: string, status: number): ProblemError | undefined {
  const read = readProblem(text);
  if (read?.code === undefined || read.outcome === undefined) return undefined;
  const { code, title, detail = code, outcome, retryable, facts } = read;
  // A newer node may know more codes.
  return new ProblemError({ code: code as ProblemCode, title, detail, outcome, retryable, status, facts });
}
