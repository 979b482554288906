/** What the node does now, as an event stream, and what it did in the last fifteen minutes. */

import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { activityPath, historyPath } from '../../api/paths.ts';
import { openBody } from '../wire/event-body.ts';
import type { Activity } from './activity-stream.ts';
import { readQuery } from '../wire/query.ts';
import { eventHeaders } from '../wire/representations.ts';
import { sampleIntervalMs } from '../../api/activity.ts';
import type { History } from '../../api/activity.ts';

export function activityRoutes(app: FastifyInstance, node: { readonly activity: Activity }): void {
  app.get(activityPath, async (request, reply) => {
    readQuery(request.query, []);
    node.activity.admit();
    if (request.method === 'HEAD') return reply.headers(eventHeaders).send(Readable.from([]));
    void reply.hijack();
    const socket = await openBody(reply.raw);
    if (socket !== undefined) node.activity.listen(socket, activityPath);
    return reply;
  });
  app.get(historyPath, (request): History => {
    readQuery(request.query, []);
    return { intervalMs: sampleIntervalMs, samples: node.activity.samples };
  });
}
