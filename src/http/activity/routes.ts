/** Routes: what the node is doing, as an event stream, and what it did in the last fifteen minutes. */

import type { FastifyInstance } from 'fastify';
import { activityPath, historyPath } from '../../api/paths.ts';
import type { Access } from '../access/access.ts';
import { askingOf } from '../access/asking.ts';
import { openEventStream } from '../wire/event-stream.ts';
import type { ActivityFeed } from './activity-feed.ts';
import { readQuery } from '../wire/query.ts';
import { sampleIntervalMs } from '../../api/activity.ts';
import type { History } from '../../api/activity.ts';

/** What these routes need of their node. */
export interface ActivityNode {
  readonly activity: ActivityFeed;
  readonly access: Access;
}

export function activityRoutes(app: FastifyInstance, node: ActivityNode): void {
  app.get(activityPath, async (request, reply) => {
    readQuery(request.query, []);
    node.activity.limit.admit();
    const socket = await openEventStream(request, reply);
    if (socket === undefined) return reply;
    const body = node.activity.listen(socket, activityPath);
    socket.once(
      'close',
      node.access.hold(askingOf(request.raw), 'read', (why) => body.end(why)),
    );
    return reply;
  });
  app.get(historyPath, (request): History => {
    readQuery(request.query, []);
    return { intervalMs: sampleIntervalMs, samples: node.activity.samples, events: node.activity.events };
  });
}
