/** The OpenAPI 3.1 document, made from the routes themselves. */

import fastifySwagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { problems } from '../problems.ts';
import type { ProblemCode } from '../problems.ts';
import { version } from '../version.ts';
import { EnvelopeProblem, Problem } from './schemas.ts';

/** Codes that any route can answer with. */
const everywhere: readonly ProblemCode[] = ['internal-error', 'method-not-allowed'];

/** Responses of a route for these codes, one per status. */
export function problemResponses(codes: readonly ProblemCode[]): Record<number, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...codes, ...everywhere]) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Record<number, object> = {};
  for (const [status, those] of byStatus) {
    responses[status] = {
      description: those.map((code) => `\`${code}\`: ${problems[code].title}`).join('; '),
      content: { 'application/problem+json': { schema: Problem }, 'application/json': { schema: EnvelopeProblem } },
    };
  }
  return responses;
}

export async function serveOpenApi(app: FastifyInstance): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Replicated Log',
        version,
        description: 'An ordered, durable log of messages. Every node has every route; a follower passes writes on to the leader.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      tags: [
        { name: 'log', description: 'Append and read' },
        { name: 'members', description: 'Who holds the log' },
        { name: 'operation', description: 'How a node is' },
        { name: 'compatibility', description: 'Shapes that the seeds of this project have' },
      ],
    },
  });
  app.get(
    '/openapi.json',
    {
      schema: {
        summary: 'This document',
        tags: ['operation'],
        response: { 200: { description: 'OpenAPI 3.1', type: 'object', additionalProperties: true } },
      },
    },
    () => app.swagger(),
  );
}
