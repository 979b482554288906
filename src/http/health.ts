/** Routes that tell how the node is: for people, load balancers and Prometheus. */

import type { FastifyInstance } from 'fastify';
import { healthPath, metricsPath, openApiPath, readyPath } from '../api/paths.ts';
import { LogError } from '../api/problems.ts';
import type { Driver } from '../driver/driver.ts';
import type { Access } from './access/access.ts';
import { askingOf } from './access/asking.ts';
import { healthJson } from './wire/health-json.ts';
import type { HealthFacts } from './wire/health-json.ts';
import { openApiDocument } from './openapi/openapi.ts';
import { readChoice, readQuery } from './wire/query.ts';

/** What these routes need of their node. */
export interface HealthNode {
  readonly driver: Pick<Driver, 'status'>;
  readonly access: Access;
  readonly healthFacts: () => HealthFacts;
  readonly metricsText: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export function healthRoutes(app: FastifyInstance, node: HealthNode): void {
  app.get(healthPath, (request) => {
    readQuery(request.query, []);
    const health = healthJson(node.driver.status(), node.healthFacts());
    // For a balancer, which has no token.
    return node.access.isKnown(askingOf(request.raw)) ? health : { status: health.status };
  });
  app.get(readyPath, (request, reply) => {
    const { role: wanted } = readQuery(request.query, ['role']);
    if (wanted !== undefined) readChoice('role', wanted, ['leader']);
    const isKnown = node.access.isKnown(askingOf(request.raw));
    try {
      const { status, role } = readinessOf(node.driver, wanted);
      return isKnown ? { status, role } : { status };
    } catch (error) {
      if (isKnown || !(error instanceof LogError)) throw error;
      return reply.code(error.status).send({ status: 'not-ready' });
    }
  });
  app.get(metricsPath, async (request, reply) => {
    readQuery(request.query, []);
    const { contentType, text } = await node.metricsText();
    return reply.header('content-type', contentType).send(text);
  });
  app.get(openApiPath, (request) => {
    readQuery(request.query, []);
    return openApiDocument();
  });
}

/** @throws LogError with the reason why not */
function readinessOf(driver: HealthNode['driver'], wanted: string | undefined): { readonly status: 'ready'; readonly role: string } {
  const { refusal, waitingFor, role, lacks, isConfirmed, leader } = driver.status();
  const facts = refusal === 'no-room' ? { lacks } : { waitingFor };
  // A load balancer only asks whether to send requests here, so the status is 503 whatever the reason.
  if (refusal !== undefined) throw new LogError(refusal, 'appends would be refused now', facts, { status: 503 });
  if (wanted !== undefined && !(role === 'leader' && isConfirmed)) {
    throw new LogError('not-leader', 'this node does not lead, or is not sure yet', { leader: leader ?? null });
  }
  return { status: 'ready', role };
}
