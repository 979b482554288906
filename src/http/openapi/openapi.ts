/**
 * The OpenAPI 3.1 document. It is made when it is asked for first: what it takes to make it would cost every start of a
 * node more than everything else.
 */

import type { FastifyInstance } from 'fastify';
import { version } from '../../api/version.ts';

let made: Promise<object> | undefined;

export function openApiDocument(): Promise<object> {
  made ??= make();
  return made;
}

async function make(): Promise<object> {
  const [{ fastify }, { default: swagger }, { operations }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
    import('./operations.ts'),
  ]);
  const app: FastifyInstance = fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await app.register(swagger, {
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
        { name: 'nodes', description: 'Other nodes, by way of this one: for pages, which may ask only the server they came from' },
        { name: 'operation', description: 'How a node is' },
        { name: 'compatibility', description: 'Shapes that the seeds of this project have' },
      ],
    },
  });
  for (const [name, schema] of Object.entries(operations)) {
    const [method = 'GET', url = '/'] = name.split(' ');
    app.route({ method, url, schema, handler: () => undefined });
  }
  await app.ready();
  return app.swagger();
}
