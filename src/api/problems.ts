/**
 * Every failure that a caller can meet, in one table. Programs switch on the code; titles are for people.
 *
 * `outcome` tells whether it may have happened: `rejected` did not happen and will not; `unknown` may have happened, or
 * may still happen. docs/errors.md lists the same codes; a test compares the two, both ways.
 */

import { problemIn, readProblem } from './problem-document.ts';
import type { Outcome, ProblemFacts, ReadProblem } from './problem-document.ts';

export type { ProblemFacts };

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  readonly outcome: Outcome;
  /** Whether the same request, sent again later, can succeed. */
  readonly isRetryable: boolean;
}

/** Alphabetical. */
export const problems = {
  'address-taken': { status: 409, title: 'Another node is running at this address', outcome: 'rejected', isRetryable: true },
  'bad-request': { status: 400, title: 'Invalid request', outcome: 'rejected', isRetryable: false },
  'body-too-large': { status: 413, title: 'The body is too large', outcome: 'rejected', isRetryable: false },
  'concern-timeout': { status: 504, title: 'Not enough nodes confirmed it in time', outcome: 'unknown', isRetryable: true },
  'cross-site': { status: 403, title: 'Requests from pages of other sites are not allowed', outcome: 'rejected', isRetryable: false },
  'disk-slow': { status: 503, title: 'The disk of the leader was too slow', outcome: 'rejected', isRetryable: true },
  'epoch-ended': {
    status: 503,
    title: 'The leader lost its leadership while the request was waiting',
    outcome: 'unknown',
    isRetryable: true,
  },
  'foreign-host': { status: 403, title: 'The Host header does not name this node', outcome: 'rejected', isRetryable: false },
  'forward-failed': {
    status: 502,
    title: 'The node that the request was forwarded to did not answer',
    outcome: 'unknown',
    isRetryable: true,
  },
  'headers-too-large': { status: 431, title: 'The headers of the request are too large', outcome: 'rejected', isRetryable: false },
  'history-changed': { status: 410, title: 'The last entry that you read is not in this log', outcome: 'rejected', isRetryable: false },
  'id-taken': { status: 409, title: 'Another node with this name is running', outcome: 'rejected', isRetryable: true },
  'internal-error': { status: 500, title: 'Internal error', outcome: 'unknown', isRetryable: true },
  'key-reused': { status: 422, title: 'This idempotency key was used for another message', outcome: 'rejected', isRetryable: false },
  'leader-fixed': { status: 409, title: 'The leader cannot be removed', outcome: 'rejected', isRetryable: false },
  'listener-too-slow': { status: 503, title: 'The listener reads too slowly', outcome: 'rejected', isRetryable: true },
  'message-too-large': { status: 413, title: 'A message is too large', outcome: 'rejected', isRetryable: false },
  'method-not-allowed': { status: 405, title: 'Method not allowed', outcome: 'rejected', isRetryable: false },
  'missing-scope': { status: 403, title: 'The token does not have the scope for this', outcome: 'rejected', isRetryable: false },
  'no-leader': { status: 503, title: 'No leader was found in time', outcome: 'rejected', isRetryable: true },
  'no-quorum': { status: 503, title: 'Too few members are healthy to accept appends', outcome: 'rejected', isRetryable: true },
  'no-room': { status: 507, title: 'The leader has no room to store it', outcome: 'rejected', isRetryable: true },
  'node-unreachable': { status: 502, title: 'The node cannot be reached', outcome: 'rejected', isRetryable: true },
  'not-acceptable': { status: 406, title: 'None of the accepted media types can be served', outcome: 'rejected', isRetryable: false },
  'not-committed': { status: 409, title: 'The entries are not committed yet', outcome: 'rejected', isRetryable: true },
  'not-found': { status: 404, title: 'Not found', outcome: 'rejected', isRetryable: false },
  'not-leader': { status: 503, title: 'This node is not the leader', outcome: 'rejected', isRetryable: true },
  'other-cluster': { status: 409, title: 'This node belongs to another cluster', outcome: 'rejected', isRetryable: false },
  overloaded: { status: 503, title: 'Too many requests are waiting', outcome: 'rejected', isRetryable: true },
  'promotion-refused': { status: 409, title: 'This node cannot take over now', outcome: 'rejected', isRetryable: true },
  'promotion-timeout': { status: 504, title: 'The node did not become the leader in time', outcome: 'unknown', isRetryable: true },
  'proof-required': {
    status: 401,
    title: 'Nodes of this cluster prove that they know its secret',
    outcome: 'rejected',
    isRetryable: false,
  },
  'protected-mode': { status: 403, title: 'This node serves nearby addresses only', outcome: 'rejected', isRetryable: false },
  'quorum-present': {
    status: 409,
    title: 'The cluster has its majority: remove the member without force',
    outcome: 'rejected',
    isRetryable: false,
  },
  'read-timeout': { status: 503, title: 'The read could not be confirmed in time', outcome: 'rejected', isRetryable: true },
  'removal-timeout': { status: 504, title: 'The change of members was not confirmed in time', outcome: 'unknown', isRetryable: true },
  'request-timeout': { status: 408, title: 'The request was not received in time', outcome: 'rejected', isRetryable: true },
  'retention-timeout': { status: 504, title: 'The retention was not confirmed in time', outcome: 'unknown', isRetryable: true },
  'shutting-down': { status: 503, title: 'This node is shutting down', outcome: 'rejected', isRetryable: true },
  'stopped-while-waiting': {
    status: 503,
    title: 'The node shut down while the request was waiting',
    outcome: 'unknown',
    isRetryable: true,
  },
  'too-many-connections': { status: 429, title: 'Your address has too many connections', outcome: 'rejected', isRetryable: true },
  'too-many-listeners': { status: 503, title: 'Too many listeners', outcome: 'rejected', isRetryable: true },
  'too-many-messages': { status: 413, title: 'One append has too many messages', outcome: 'rejected', isRetryable: false },
  'too-many-requests': { status: 429, title: 'You send too much at once', outcome: 'rejected', isRetryable: true },
  'trim-timeout': { status: 504, title: 'The trim was not confirmed in time', outcome: 'unknown', isRetryable: true },
  trimmed: { status: 410, title: 'The entry was trimmed', outcome: 'rejected', isRetryable: false },
  unauthorized: { status: 401, title: 'A token is required', outcome: 'rejected', isRetryable: false },
  'unknown-protocol': { status: 426, title: 'This node speaks another protocol version', outcome: 'rejected', isRetryable: false },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type', outcome: 'rejected', isRetryable: false },
  'upgrade-pending': { status: 503, title: 'A member runs a version that cannot do this', outcome: 'rejected', isRetryable: true },
  'uri-too-long': { status: 414, title: 'The URL is too long', outcome: 'rejected', isRetryable: false },
  'wrong-epoch': { status: 409, title: 'Another epoch leads', outcome: 'rejected', isRetryable: false },
} as const satisfies Record<string, ProblemKind>;

/** A code of docs/errors.md. */
export type ProblemCode = keyof typeof problems;

/** A failed operation, reported to the caller. Never thrown for our own mistakes. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: ProblemCode;
  readonly facts: ProblemFacts;
  /** The HTTP status: that of the code, unless this failure has its own. */
  readonly status: number;

  /** @param detail - one sentence for people: what is wrong with this request, and what would help */
  constructor(code: ProblemCode, detail: string, facts: ProblemFacts = {}, options?: ErrorOptions & { readonly status?: number }) {
    super(detail, options);
    this.code = code;
    this.facts = facts;
    this.status = options?.status ?? problems[code].status;
  }
}

export interface Refusal {
  /** `undefined` if this version does not know it. */
  readonly code: ProblemCode | undefined;
  readonly detail: string;
  readonly facts: ProblemFacts;
}

/** Reads the refusal of another node; `undefined` if it is not a problem document. */
export function parseProblem(text: string): Refusal | undefined {
  return refusalOf(readProblem(text));
}

/** The same for an answer that is parsed already. */
export function refusalIn(value: unknown): Refusal | undefined {
  return refusalOf(problemIn(value));
}

function refusalOf(read: ReadProblem | undefined): Refusal | undefined {
  if (read === undefined) return undefined;
  const { code, detail = 'no reason given', facts } = read;
  return { code: code !== undefined && isProblemCode(code) ? code : undefined, detail, facts };
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code);
}
