/**
 * The OpenAPI 3.1 document. It is made on the first request: loading what it takes would cost more than the rest of a
 * node's start.
 */

import type { FastifyInstance } from 'fastify';
import type { Route } from '../access/scopes.ts';
import { version } from '../../api/version.ts';

let made: Promise<object> | undefined;

export function openApiDocument(): Promise<object> {
  made ??= make();
  return made;
}

async function make(): Promise<object> {
  const [{ fastify }, { default: swagger }, { operations }, { securityOf, securitySchemes }] = await Promise.all([
    import('fastify'),
    import('@fastify/swagger'),
    import('./operations.ts'),
    import('./security.ts'),
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
        description: 'An ordered, durable log of messages. Every node has every route; a follower forwards writes to the leader.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      components: { securitySchemes },
      tags: [
        { name: 'log', description: 'Append and read' },
        { name: 'members', description: 'The nodes that hold the log' },
        { name: 'nodes', description: 'Other nodes, through this one: for pages, which may call only the server that they came from' },
        { name: 'operation', description: 'State of a node' },
        { name: 'compatibility', description: 'Routes of the seeds of this project' },
      ],
    },
  });
  for (const [name, schema] of Object.entries(operations)) {
    const [method = 'GET', url = '/'] = name.split(' ');
    app.route({ method, url, schema: { ...schema, security: securityOf(name as Route) }, handler: () => undefined });
  }
  await app.ready();
  return app.swagger();
}
