/**
 * How a failure is told: as a problem document; or, to who follows, in the last event of a stream that is over at once.
 * A browser's `EventSource` that is answered with anything but a stream is closed for good, and nobody asks again: that
 * is right for what will not change, and wrong for what passes. So what passes is `200`, with the time to come again.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { problems } from '../problems.ts';
import type { LogError } from '../problems.ts';
import type { Dialect } from './dialects/dialect.ts';
import { drawRetryMs, lastEvent, retryField } from './event-body.ts';
import { problemOf, retryAfter } from './problem.ts';
import { asksForEvents, eventHeaders } from './representations.ts';
import { answerWhileSending, isSending } from './still-sending.ts';

export function tellFailure(request: FastifyRequest, reply: FastifyReply, told: { readonly failure: LogError; readonly dialect: Dialect }) {
  const { failure, dialect } = told;
  const problem = problemOf(failure, request.url.split('?')[0] ?? '/');
  const after = retryAfter(failure.code);
  if (after !== undefined) void reply.header('retry-after', after);
  if (request.method === 'GET' && asksForEvents(request.headers) && problems[failure.code].isRetryable) {
    const retryMs = Number(after ?? 0) * 1000 + drawRetryMs();
    return reply
      .code(200)
      .headers(eventHeaders)
      .send(`${retryField(retryMs)}${lastEvent(problem)}`);
  }
  const { contentType, body } = dialect.problem(problem);
  // The framework would hang up on who is still sending, who would then hear nothing of this.
  if (reply.getHeader('connection') === 'close' && isSending(request.raw)) {
    void reply.hijack();
    const headers = { ...reply.getHeaders(), 'cache-control': 'no-store', 'content-type': contentType };
    answerWhileSending(request.raw, reply.raw, { status: problem.status, headers, text: JSON.stringify(body) });
    return reply;
  }
  return reply.code(problem.status).header('cache-control', 'no-store').header('content-type', contentType).send(body);
}
