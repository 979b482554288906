/** Problem documents (RFC 9457) with the extensions `code`, `outcome` and `retryable`, and a function that reads them. */

/** `rejected`: it did not happen and will not. `unknown`: it may have happened, or may still happen. */
export type Outcome = 'rejected' | 'unknown';

/** What a failure adds to its code: facts for programs, besides the sentence for people. */
export type ProblemFacts = Readonly<Record<string, unknown>>;

export interface ProblemDocument {
  readonly type: string;
  /** One sentence for the code. */
  readonly title: string;
  readonly status: number;
  /** One sentence for this failure. */
  readonly detail: string;
  /** Path of the request. */
  readonly instance: string;
  readonly code: string;
  readonly outcome: Outcome;
  /** Whether the same request, sent again later, can succeed. */
  readonly retryable: boolean;
  /** Facts, such as `offset`, `acks` and `waitingFor`. */
  readonly [fact: string]: unknown;
}

/** Names that a fact must not have. */
export const reservedNames: ReadonlySet<string> = new Set([
  'type',
  'title',
  'status',
  'detail',
  'instance',
  'code',
  'outcome',
  'retryable',
]);

/** What could be read from a problem document: its sender may have another version, or be a proxy in front of a node. */
export interface ReadProblem {
  readonly code: string | undefined;
  readonly title: string | undefined;
  readonly detail: string | undefined;
  readonly outcome: Outcome | undefined;
  readonly retryable: boolean;
  readonly facts: ProblemFacts;
}

/** @returns `undefined` if the text is not a JSON object */
export function readProblem(text: string): ReadProblem | undefined {
  try {
    return problemIn(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The same for an answer that is parsed already; `undefined` if it is not an object. */
export function problemIn(value: unknown): ReadProblem | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, title, detail, outcome, retryable } = value as Readonly<Record<string, unknown>>;
  return {
    code: textOf(code),
    title: textOf(title),
    detail: textOf(detail),
    outcome: outcome === 'rejected' || outcome === 'unknown' ? outcome : undefined,
    retryable: retryable === true,
    facts: Object.fromEntries(Object.entries(value).filter(([name]) => !reservedNames.has(name))),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
