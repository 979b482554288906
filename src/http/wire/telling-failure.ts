/**
 * How a failure is told: as a problem document; or, to who follows, in the last event of a stream that is over at once.
 * A browser's `EventSource` that is answered with anything but a stream is closed for good, and nobody asks again: that
 * is right for what will not change, and wrong for what passes. So what passes is `200`, with the time to come again.
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

/** For who is answered without the framework. */
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
  // The framework would hang up on who is still sending, who would then hear nothing of this.
  if (reply.getHeader('connection') === 'close' && isSending(request.raw)) {
    void reply.hijack();
    answerWhileSending(request.raw, reply.raw, { status, headers: { ...reply.getHeaders(), ...headers }, text });
    return reply;
  }
  return reply.code(status).headers(headers).send(text);
}
