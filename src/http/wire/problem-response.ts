/**
 * The answer to a failure. Fastify, the quick path past it and bare sockets all take status, headers and body from
 * here; they differ only in how they send them.
 */

import { STATUS_CODES } from 'node:http';
import type { LogError } from '../../api/problems.ts';
import { jsonAnswer } from './json-answer.ts';
import { challenge, nativeProblem, problemOf, retryAfter } from './problem.ts';
import type { ProblemFormat } from './problem.ts';

interface ProblemResponse {
  readonly status: number;
  /** `retry-after` is set if a client can only wait, `www-authenticate` if it must show something. */
  readonly headers: { readonly 'content-type': string; readonly 'retry-after'?: string; readonly 'www-authenticate'?: string };
  readonly body: string;
}

/** @param path - path of the request that failed */
export function problemResponse(failure: LogError, path: string, format: ProblemFormat = nativeProblem): ProblemResponse {
  const problem = problemOf(failure, path);
  const after = retryAfter(failure.code);
  const wanted = challenge(failure.code);
  const { contentType, body } = format.problem(problem);
  return {
    status: problem.status,
    headers: {
      'content-type': contentType,
      ...(after !== undefined && { 'retry-after': after }),
      ...(wanted !== undefined && { 'www-authenticate': wanted }),
    },
    body: jsonAnswer(body),
  };
}

/**
 * The same as text, for a socket without a `ServerResponse`; the connection closes after it.
 * @param more - further header lines, with their line ends
 */
export function problemOnWire(failure: LogError, path: string, more = ''): string {
  const { status, headers, body } = problemResponse(failure, path);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${more}${lines.join('')}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
}
