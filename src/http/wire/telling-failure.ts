/**
 * Answers a failed request: with a problem document or, if an event stream was requested, with the last event of a
 * stream that ends at once. A browser's `EventSource` is closed for good by any answer but a stream, and never
 * reconnects: right for what will not change, wrong for what passes. So a failure that passes is `200`, with the time
 * after which to reconnect.
 */

import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { problems } from '../../api/problems.ts';
import type { LogError } from '../../api/problems.ts';
import { drawRetryMs, lastEvent, retryField } from './event-stream.ts';
import type { ProblemFormat } from './problem.ts';
import { problemResponse } from './problem-response.ts';
import { asksForEvents, eventHeaders } from './representations.ts';
import { answerWhileSending, isSending } from './still-sending.ts';

export interface ToldFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** The answer to a failed request, as plain values: not every answer is sent by Fastify. */
export function failureFor(
  { method, url, headers }: Pick<IncomingMessage, 'method' | 'url' | 'headers'>,
  failure: LogError,
  dialect?: ProblemFormat,
): ToldFailure {
  const path = url?.split('?')[0] ?? '/';
  const response = problemResponse(failure, path, dialect);
  if (method === 'GET' && asksForEvents(headers) && problems[failure.code].isRetryable) {
    const retryMs = Number(response.headers['retry-after'] ?? 0) * 1000 + drawRetryMs();
    return { status: 200, headers: { ...response.headers, ...eventHeaders }, text: `${retryField(retryMs)}${lastEvent(failure, path)}` };
  }
  return { status: response.status, headers: { ...response.headers, 'cache-control': 'no-store' }, text: response.body };
}

export function tellFailure(
  request: FastifyRequest,
  reply: FastifyReply,
  { failure, dialect }: { readonly failure: LogError; readonly dialect: ProblemFormat },
): FastifyReply {
  const { status, headers, text } = failureFor(request, failure, dialect);
  // Fastify would close the connection of a client that is still sending, and the client would not get the answer.
  if (reply.getHeader('connection') === 'close' && isSending(request.raw)) {
    void reply.hijack();
    answerWhileSending(request.raw, reply.raw, { status, headers: { ...reply.getHeaders(), ...headers }, text });
    return reply;
  }
  return reply.code(status).headers(headers).send(text);
}
