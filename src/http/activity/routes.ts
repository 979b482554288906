/** Routes: what the node is doing, as an event stream, and what it did in the last fifteen minutes. */

import type { FastifyInstance } from 'fastify';
import { activityPath, historyPath } from '../../api/paths.ts';
import { openEventStream } from '../wire/event-stream.ts';
import type { ActivityFeed } from './activity-feed.ts';
import { readQuery } from '../wire/query.ts';
import { sampleIntervalMs } from '../../api/activity.ts';
import type { History } from '../../api/activity.ts';

/** What these routes need of their node. */
export interface ActivityNode {
  readonly activity: ActivityFeed;
}

export function activityRoutes(app: FastifyInstance, node: ActivityNode): void {
  app.get(activityPath, async (request, reply) => {
    readQuery(request.query, []);
    node.activity.limit.admit();
    const socket = await openEventStream(request, reply);
    if (socket !== undefined) node.activity.listen(socket, activityPath);
    return reply;
  });
  app.get(historyPath, (request): History => {
    readQuery(request.query, []);
    return { intervalMs: sampleIntervalMs, samples: node.activity.samples, events: node.activity.events };
  });
}
