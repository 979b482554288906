/** The HTTP server of a node: every route, problem documents for everything that fails, and the replication stream. */

import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerOptions } from 'node:http';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { replicatePath } from '../api/paths.ts';
import { LogError } from '../api/problems.ts';
import { protocolName } from '../protocol/versions.ts';
import { checkSite } from './wire/cross-site.ts';
import type { HostNames } from './wire/cross-site.ts';
import type { ConnectionLimit } from './wire/connection-limit.ts';
import { readBody } from './wire/body-reading.ts';
import { answerHalfClosed } from './wire/half-closed.ts';
import { checkDialect, dialectOf } from './dialects/dialect-of.ts';
import { KnownMethods } from './wire/known-methods.ts';
import { PendingResponses } from './wire/pending-responses.ts';
import { Pipelines } from './wire/pipelines.ts';
import { asLogError } from './wire/problem.ts';
import { problemResponse } from './wire/problem-response.ts';
import { QuickAppends } from './append/quick-append.ts';
import { activityRoutes } from './activity/routes.ts';
import type { ActivityNode } from './activity/routes.ts';
import { compatibilityRoutes } from './compatibility.ts';
import { healthRoutes } from './health.ts';
import type { HealthNode } from './health.ts';
import { leadershipRoutes } from './leadership.ts';
import { messageRoutes } from './messages.ts';
import type { MessagesNode } from './messages.ts';
import { nodesRoutes } from './nodes/routes.ts';
import { assetRoutes } from './page/routes.ts';
import { secondaryRoutes } from './members/routes.ts';
import type { MembersNode } from './members/routes.ts';
import { tellFailure } from './wire/telling-failure.ts';
import { isForStream } from './upgrade.ts';
import { refuseOnWire, writeRefusal } from './wire/wire-refusal.ts';

const httpOptions: ServerOptions = {
  keepAliveTimeout: 65_000,
  // Waiting for a write concern takes as long as the writer allowed; only the sending of a request is bounded.
  requestTimeout: 120_000,
  requireHostHeader: false,
};

/** All that the routes of a node work with: each room says what it needs of it. */
export interface HttpNode extends MessagesNode, MembersNode, HealthNode, ActivityNode {
  readonly config: MessagesNode['config'];
  readonly driver: MessagesNode['driver'];
  /** By which browsers may ask it. */
  readonly hostNames: HostNames;
  readonly connections: ConnectionLimit;
}

export type RlogServer = FastifyInstance;

/** @param onRoute - told of every route */
export function createServer(
  node: HttpNode,
  log: Logger,
  onRoute?: (route: { readonly method: string; readonly url: string }) => void,
): RlogServer {
  const answers = new PendingResponses();
  const quick = new QuickAppends(node, answers, log);
  const app: RlogServer = fastify({
    bodyLimit: node.config.bodyBytesMax,
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
    // A request on a connection that is still open is refused in our own words.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    serverFactory: (framework) => {
      const pipelines = new Pipelines(answers, (request, response) => {
        if (quick.take(request, response)) return;
        answers.watch(request, response);
        framework(request, response);
      });
      // Whoever offers to go on in another protocol, as some clients always do, is answered in this one.
      const shouldUpgradeCallback = (request: IncomingMessage): boolean => {
        if (!isForStream(request)) return false;
        node.connections.isStream(request.socket);
        return true;
      };
      const server = createHttpServer({ ...httpOptions, shouldUpgradeCallback }, (request, response) => {
        if (!node.connections.refuses(request, response)) pipelines.take(request, response);
      });
      node.connections.watch(server, answers);
      return server;
    },
    frameworkErrors: (error, request, reply) => void fail(request, reply, error),
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return;
      // What stands on the wire next is the answer to what was asked before; this error is not.
      if (answers.isAnyDue(socket) && !answers.isOnlyOneBroken(socket)) return answers.endAfterThem(socket);
      refuseOnWire(error, socket);
    },
  });
  answerHalfClosed(app.server);
  app.server.on('checkExpectation', (_request, response) => {
    const failure = new LogError('bad-request', 'the only expectation that can be met is 100-continue');
    const { status, headers, body } = problemResponse(failure, '/');
    response.writeHead(status, headers).end(body);
  });
  app.server.on('connect', (request, socket) => {
    socket.on('error', () => socket.destroy());
    writeRefusal(
      socket,
      new LogError('method-not-allowed', `this is not a proxy: it does not connect to ${request.url ?? 'anywhere'}`),
      'allow: GET, HEAD\r\n',
    );
  });
  // Requests are taken apart by our own code, which keeps their text.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(['application/json', 'application/x-ndjson', 'text/plain'], (_request, payload, done) => {
    readBody(node.bodies, payload, done);
  });

  app.addHook('onRequest', (request, reply, done) => {
    // How it is now, and nothing that a browser would take for something else than it is called.
    void reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff');
    checkHostIsOne(request);
    checkSite(request, node.hostNames);
    checkDialect(request);
    done();
  });

  const methods = new KnownMethods();
  app.addHook('onRoute', ({ url, method }) => {
    for (const each of [method].flat()) {
      methods.add(url, each);
      // Wherever GET is.
      if (each !== 'HEAD') onRoute?.({ method: each, url });
    }
  });

  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    const failure = asLogError(error);
    if (failure.code === 'internal-error') log.error({ err: error, method: request.method, url: request.url }, 'request.failed');
    return tellFailure(request, reply, { failure, dialect: dialectOf(node, request) });
  };
  app.setErrorHandler((error, request, reply) => fail(request, reply, error));
  app.setNotFoundHandler((request, reply) => {
    const { failure, allow } = methods.refusalOf(request);
    if (allow !== undefined) void reply.header('allow', allow);
    return fail(request, reply, failure);
  });

  messageRoutes(app, node);
  healthRoutes(app, node);
  activityRoutes(app, node);
  secondaryRoutes(app, node);
  leadershipRoutes(app, node);
  compatibilityRoutes(app, node);
  nodesRoutes(app, node.directory);
  assetRoutes(app, node.page);
  app.get(replicatePath, () => {
    throw new LogError('unknown-protocol', `this is the stream between nodes: it wants an upgrade to ${protocolName}`, {
      protocol: protocolName,
    });
  });
  return app;
}

/** Two names for the host asked: which of them is meant nobody can say (RFC 9112, section 3.2). @throws LogError */
function checkHostIsOne({ raw }: FastifyRequest): void {
  if ((raw.headersDistinct['host']?.length ?? 0) > 1) throw new LogError('bad-request', 'the request names more than one host');
}
