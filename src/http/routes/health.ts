/** How the node is: for people, for load balancers, for Prometheus. */

import type { FastifyInstance } from 'fastify';
import type { Driver } from '../../driver.ts';
import { LogError } from '../../problems.ts';
import { version } from '../../version.ts';
import type { HttpNode } from '../http-node.ts';
import { memberJson } from '../member-json.ts';
import { openApiDocument } from '../openapi.ts';
import { readQuery } from '../query.ts';

export function healthRoutes(app: FastifyInstance, node: HttpNode): void {
  app.get('/health', (request) => {
    readQuery(request.query, []);
    return healthJson(node.driver);
  });
  app.get('/ready', (request) => {
    readQuery(request.query, []);
    const { refusal, waitingFor, role } = node.driver.status();
    if (refusal !== undefined) throw new LogError(refusal, 'appends would be refused now', { waitingFor });
    return { status: 'ready', role };
  });
  app.get('/metrics', async (request, reply) => {
    readQuery(request.query, []);
    const { contentType, text } = await node.metricsText();
    return reply.header('content-type', contentType).send(text);
  });
  app.get('/openapi.json', (request) => {
    readQuery(request.query, []);
    return openApiDocument();
  });
}

function healthJson(driver: Driver): object {
  const status = driver.status();
  return {
    status: status.refusal === undefined ? 'healthy' : 'read-only',
    server_id: status.id,
    message_count: status.visibleEnd,
    role: status.role,
    node: status.id,
    cluster: status.clusterId,
    storage: status.storageId,
    epoch: status.epoch,
    leader: status.leader ?? null,
    deposedBy: status.deposedBy ?? null,
    ends: {
      logEnd: status.logEnd,
      durableEnd: status.durableEnd,
      committedEnd: status.committedEnd,
      visibleEnd: status.visibleEnd,
    },
    members: status.members.map(memberJson),
    waitingFor: status.waitingFor,
    waitingAppends: status.waitingAppends,
    canStore: status.canStore,
    version,
  };
}
