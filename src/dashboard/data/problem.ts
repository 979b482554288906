/** Why a request failed, in the words of the node (RFC 9457), or in ours where none answered. */

import { readProblem } from '../../api/problem-document.ts';
import type { Outcome, ProblemFacts as AnyFacts } from '../../api/problem-document.ts';

/** Those that the page shows. */
export interface ProblemFacts extends AnyFacts {
  readonly offset?: number;
  readonly acks?: number;
  readonly waitingFor?: readonly string[];
}

export interface ProblemParts {
  /** As in docs/errors.md; `unreachable` if the page's own origin did not answer. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly outcome: Outcome;
  readonly status: number | undefined;
  readonly facts: ProblemFacts;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly title: string;
  readonly outcome: Outcome;
  readonly status: number | undefined;
  readonly facts: ProblemFacts;

  /** `message` is the detail. */
  constructor(parts: ProblemParts, options?: ErrorOptions) {
    super(parts.detail, options);
    this.code = parts.code;
    this.title = parts.title;
    this.outcome = parts.outcome;
    this.status = parts.status;
    this.facts = parts.facts;
  }
}

/** Reads a problem document; what is none becomes one that says so. */
export function problemFrom(text: string, status: number): Problem {
  const read = readProblem(text);
  return new Problem({
    code: read?.code ?? `http-${status}`,
    title: read?.title ?? 'The answer was not understood',
    detail: read?.detail ?? `answered with status ${status}`,
    // What cannot be read promises nothing.
    outcome: read?.outcome ?? 'unknown',
    status,
    facts: read?.facts ?? {},
  });
}
