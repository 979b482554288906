/** Routes by which a page reaches other nodes through the server that it came from; every node and the lab have them. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  activitiesPath,
  activityPath,
  entryPath,
  healthPath,
  historyPath,
  messagesPath,
  nodesPath,
  readyPath,
  retentionPath,
} from '../../api/paths.ts';
import { ClusterActivity } from './cluster-activity.ts';
import { directoryJson } from './node-directory.ts';
import type { ReachableNodes } from './node-directory.ts';
import { messagesTypes } from '../wire/content-types.ts';
import { passOn } from './proxy.ts';
import { readQuery } from '../wire/query.ts';

const oneNode = `${nodesPath}/:id`;

type OfNode = FastifyRequest<{ Params: { id: string } }>;

export function nodesRoutes(app: FastifyInstance, nodes: ReachableNodes): void {
  const { directory } = nodes;
  const activity = new ClusterActivity(nodes);
  app.addHook('preClose', (done) => {
    activity.stop();
    done();
  });
  app.get(nodesPath, (request) => {
    readQuery(request.query, []);
    return directoryJson(directory);
  });
  app.get(activitiesPath, (request, reply) => {
    readQuery(request.query, []);
    return activity.serve(request, reply);
  });
  for (const path of [healthPath, readyPath, retentionPath]) {
    app.get(`${oneNode}${path}`, (request: OfNode, reply: FastifyReply) => passOn(nodes, { path }, request, reply));
  }
  for (const path of [messagesPath, activityPath, historyPath]) {
    app.get(`${oneNode}${path}`, (request: OfNode, reply: FastifyReply) => passOn(nodes, { path, scope: 'read' }, request, reply));
  }
  app.get(`${oneNode}${messagesPath}/:offset`, (request: FastifyRequest<{ Params: { id: string; offset: string } }>, reply) =>
    passOn(nodes, { path: entryPath(request.params.offset), scope: 'read' }, request, reply),
  );
  void app.register((scope, _options, done) => {
    // A body of these types is passed on as it is: the node judges it.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser([...messagesTypes], (_request, payload, parsed) => parsed(null, payload));
    scope.post(`${oneNode}${messagesPath}`, (request: OfNode, reply: FastifyReply) =>
      passOn(nodes, { path: messagesPath }, request, reply),
    );
    done();
  });
}
