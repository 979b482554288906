/** Why a request failed, in the words of the node (RFC 9457), or in ours where none answered. */

export interface ProblemFacts {
  readonly offset?: number;
  readonly acks?: number;
  readonly waitingFor?: readonly string[];
  readonly [fact: string]: unknown;
}

export interface ProblemParts {
  /** As in docs/errors.md; `unreachable` if the page's own origin did not answer. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** `rejected`: it did not happen and will not. `unknown`: it may have happened, and may still. */
  readonly outcome: 'rejected' | 'unknown';
  readonly status: number | undefined;
  readonly facts: ProblemFacts;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: string;
  readonly title: string;
  readonly outcome: 'rejected' | 'unknown';
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
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const fields = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const { code, title, detail, outcome, type: _type, status: _status, instance: _instance, ...facts } = fields;
  return new Problem({
    code: typeof code === 'string' ? code : `http-${status}`,
    title: typeof title === 'string' ? title : 'The answer was not understood',
    detail: typeof detail === 'string' ? detail : `answered with status ${status}`,
    // What cannot be read promises nothing.
    outcome: outcome === 'rejected' ? 'rejected' : 'unknown',
    status,
    facts,
  });
}
