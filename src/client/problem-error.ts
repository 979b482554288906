/** Why a call failed: what the node said (RFC 9457), or what the client found. */

/** docs/errors.md says what each means; a test compares. */
export type ServerProblemCode =
  | 'address-taken'
  | 'bad-request'
  | 'body-too-large'
  | 'concern-timeout'
  | 'cross-site'
  | 'disk-slow'
  | 'epoch-ended'
  | 'foreign-host'
  | 'forward-failed'
  | 'headers-too-large'
  | 'history-changed'
  | 'id-taken'
  | 'internal-error'
  | 'key-reused'
  | 'leader-fixed'
  | 'listener-too-slow'
  | 'message-too-large'
  | 'method-not-allowed'
  | 'no-leader'
  | 'no-quorum'
  | 'no-room'
  | 'node-unreachable'
  | 'not-acceptable'
  | 'not-found'
  | 'not-leader'
  | 'other-cluster'
  | 'overloaded'
  | 'quorum-present'
  | 'read-timeout'
  | 'removal-timeout'
  | 'request-timeout'
  | 'shutting-down'
  | 'stopped-while-waiting'
  | 'too-many-listeners'
  | 'too-many-messages'
  | 'unknown-protocol'
  | 'unsupported-media-type'
  | 'uri-too-long';

/** `unreachable`: no answer; `bad-answer`: none that a node of the log gives; `not-sent`: it waited behind others for too long. */
export type ClientProblemCode = 'unreachable' | 'bad-answer' | 'not-sent';

export type ProblemCode = ServerProblemCode | ClientProblemCode;

export interface ProblemParts {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly outcome: 'rejected' | 'unknown';
  readonly retryable: boolean;
  readonly status?: number | undefined;
  readonly facts?: Readonly<Record<string, unknown>>;
}

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** For programs; the message is for people, and may change. */
  readonly code: ProblemCode;
  /** `rejected`: it did not happen and will not. `unknown`: it may have happened, and may still. */
  readonly outcome: 'rejected' | 'unknown';
  /** Whether the same call, made later, can succeed. The client has tried for as long as it was allowed to. */
  readonly retryable: boolean;
  /** Of the HTTP answer, if there was one. */
  readonly status: number | undefined;
  /** What the node added, such as `offset`, `acks` and `waitingFor`. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(parts: ProblemParts, options?: ErrorOptions) {
    super(`${parts.detail} (${parts.code}, ${parts.outcome})`, options);
    this.#parts = parts;
    this.code = parts.code;
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
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const {
    code,
    detail,
    outcome,
    retryable,
    type: _type,
    title: _title,
    status: _status,
    instance: _instance,
    ...facts
  } = value as Record<string, unknown>;
  if (typeof code !== 'string' || (outcome !== 'rejected' && outcome !== 'unknown')) return undefined;
  return new ProblemError({
    // A newer node may know more of them.
    code: code as ProblemCode,
    detail: typeof detail === 'string' ? detail : code,
    outcome,
    retryable: retryable === true,
    status,
    facts,
  });
}
