/** Failures as problem documents (RFC 9457), with the extensions `code`, `outcome`, `retryable` and the facts. */

import { maxHeaderSize } from 'node:http';
import { problemType } from './content-types.ts';
import { LogError, problems } from '../../api/problems.ts';
import { reservedNames } from '../../api/problem-document.ts';
import type { ProblemDocument } from '../../api/problem-document.ts';
import type { ProblemCode } from '../../api/problems.ts';

export interface Problem extends ProblemDocument {
  readonly code: ProblemCode;
}

/** Writes a problem: as a document of its own, or in the envelope of a dialect. */
export interface ProblemFormat {
  readonly problem: (problem: Problem) => { readonly contentType: string; readonly body: object };
}

export const nativeProblem: ProblemFormat = { problem: (problem) => ({ contentType: problemType, body: problem }) };

/** How many characters of a client's text an error quotes. */
const toldMax = 80;

/** A client's text, to be quoted in an error; only its beginning if it is long. */
export function shortened(text: string): string {
  return text.length <= toldMax ? text : `${text.slice(0, toldMax)}…`;
}

/** Seconds after which a retry makes sense, for failures where a client can only wait. */
const retryAfterSeconds: Partial<Record<ProblemCode, number>> = {
  overloaded: 1,
  'no-quorum': 1,
  'no-leader': 1,
  'not-leader': 1,
  'shutting-down': 5,
  'no-room': 5,
  'too-many-connections': 5,
  'too-many-listeners': 5,
  'too-many-requests': 1,
};

/** What a client has to show, where it did not (RFC 9110, section 11.6.1). */
const challenges: Partial<Record<ProblemCode, string>> = { unauthorized: 'Bearer', 'proof-required': 'Rlog-Secret' };

/** @param instance - path of the request that failed */
export function problemOf(error: LogError, instance: string): Problem {
  const { status } = error;
  const { title, outcome, isRetryable } = problems[error.code];
  const facts = Object.fromEntries(Object.entries(error.facts).filter(([name]) => !reservedNames.has(name)));
  return {
    type: `urn:replicated-log:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    instance,
    code: error.code,
    outcome,
    retryable: isRetryable,
    ...facts,
  };
}

export function retryAfter(code: ProblemCode): string | undefined {
  return retryAfterSeconds[code]?.toString();
}

export function challenge(code: ProblemCode): string | undefined {
  return challenges[code];
}

function isOfRequest(error: unknown): boolean {
  const { statusCode } = error instanceof Error && 'statusCode' in error ? error : { statusCode: undefined };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
}

/** Turns a refusal by Fastify into one of our problems; any unknown error is an internal one. */
export function asLogError(error: unknown): LogError {
  if (error instanceof LogError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const detail = error instanceof Error ? error.message : String(error);
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new LogError('body-too-large', 'the body is larger than BODY_BYTES_MAX', {}, { cause: error });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new LogError(
        'unsupported-media-type',
        "send application/json, application/x-ndjson or text/plain, in UTF-8; with curl: -H 'Content-Type: application/json'",
        {},
        { cause: error },
      );
    case 'FST_ERR_MAX_PARAM_LENGTH':
    case 'HPE_URI_OVERFLOW':
      return new LogError('uri-too-long', 'the URL of the request is too long', {}, { cause: error });
    case 'HPE_HEADER_OVERFLOW':
      return new LogError('headers-too-large', `the headers of a request may take at most ${maxHeaderSize} bytes`, {}, { cause: error });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new LogError('request-timeout', 'the request was not received in time', {}, { cause: error });
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return new LogError('bad-request', detail, {}, { cause: error });
    default:
      // Fastify blames the request, or the HTTP parser does: it has nothing else to blame.
      if (isOfRequest(error) || code.startsWith('HPE_')) return new LogError('bad-request', detail, {}, { cause: error });
      return new LogError('internal-error', 'see the log of this node', {}, { cause: error });
  }
}
