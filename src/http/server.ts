/** The HTTP server of a node: all routes, problem documents for everything that fails, and the replication stream. */

import type { IncomingMessage, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { replicatePath } from '../api/paths.ts';
import { LogError } from '../api/problems.ts';
import { protocolName } from '../protocol/versions.ts';
import { allowOrigin } from './access/cors.ts';
import type { ProtectedMode } from './access/protected-mode.ts';
import type { Access } from './access/access.ts';
import { checkAccess, requireNeed } from './access/check-request.ts';
import { setAnswerHeaders } from './wire/answer-headers.ts';
import { checkSite } from './wire/cross-site.ts';
import type { HostNames } from './wire/cross-site.ts';
import type { ConnectionLimit } from './limits/connection-limit.ts';
import { sourceOf } from './limits/client-address.ts';
import type { Refusals } from './limits/refusals.ts';
import { RequestUses } from './limits/request-uses.ts';
import { messagesTypes } from './wire/content-types.ts';
import { readBody } from './wire/body-reading.ts';
import { answerHalfClosed } from './wire/half-closed.ts';
import { checkDialect, dialectOf } from './dialects/dialect-of.ts';
import { jsonAnswer } from './wire/json-answer.ts';
import { KnownMethods } from './wire/known-methods.ts';
import type { NodeHeaders } from './wire/node-headers.ts';
import { PendingResponses } from './wire/pending-responses.ts';
import { Pipelines } from './wire/pipelines.ts';
import { asLogError } from './wire/problem.ts';
import { problemResponse } from './wire/problem-response.ts';
import { HttpExchange } from './append/exchange.ts';
import { plainHead } from './append/plain-request.ts';
import { AppendsTogether } from './append/appends-together.ts';
import { QuickAppends } from './append/quick-append.ts';
import { PlainConnections } from './plain/plain-connections.ts';
import { activityRoutes } from './activity/routes.ts';
import type { ActivityNode } from './activity/routes.ts';
import { backupRoutes } from './backup/routes.ts';
import { compatibilityRoutes } from './compatibility.ts';
import { healthRoutes } from './health.ts';
import type { HealthNode } from './health.ts';
import { leadershipRoutes } from './leadership.ts';
import { messageRoutes } from './messages.ts';
import type { MessagesNode } from './messages.ts';
import { nodesRoutes } from './nodes/routes.ts';
import { assetRoutes } from './page/routes.ts';
import { retentionRoutes } from './retention/routes.ts';
import { secondaryRoutes } from './members/routes.ts';
import type { MembersNode } from './members/routes.ts';
import { tellFailure } from './wire/telling-failure.ts';
import { createTransport } from './wire/transport.ts';
import type { ServerTls } from './wire/transport.ts';
import type { PeerPort } from './peer-port.ts';
import { isForNodes } from './upgrade.ts';
import { refuseOnWire, writeRefusal } from './wire/wire-refusal.ts';

const keepAliveMs = 65_000;
/** How often Node looks for requests that take too long, at most. */
const checkEveryMs = 30_000;
/** How long requests that are on their way when the server closes may take to arrive. */
const arrivingMs = 50;

/** They bound only the sending of a request. A wait for a write concern takes as long as the writer allows. */
function httpOptions({ headersTimeoutMs, requestTimeoutMs }: HttpNode['config']['limits']): ServerOptions {
  return {
    keepAliveTimeout: keepAliveMs,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(checkEveryMs, Math.ceil(headersTimeoutMs / 2)),
    requireHostHeader: false,
  };
}

/** Everything that the routes need of a node: each folder declares its part. */
export interface HttpNode extends MessagesNode, MembersNode, HealthNode, ActivityNode {
  readonly config: MessagesNode['config'];
  readonly driver: MessagesNode['driver'];
  /** The host names by which browsers may call it. */
  readonly hostNames: HostNames;
  readonly protectedMode: ProtectedMode;
  readonly connections: ConnectionLimit;
  readonly refusals: Refusals;
  /** On which connections what nodes say of themselves counts. */
  readonly nodeHeaders: NodeHeaders;
  readonly peerPort: PeerPort;
  readonly access: Access;
  /** `undefined`: plain HTTP. */
  readonly tls?: ServerTls | undefined;
}

export type RlogServer = FastifyInstance;

/** @param onRoute - called with every route */
export function createServer(
  node: HttpNode,
  log: Logger,
  onRoute?: (route: { readonly method: string; readonly url: string }) => void,
): RlogServer {
  const answers = new PendingResponses();
  const quick = new QuickAppends(node, answers, log);
  const together = new AppendsTogether(node, quick, answers);
  const isServed = (socket: Socket): boolean => node.protectedMode.serves(socket) && node.peerPort.takes(socket, false);
  let plain: PlainConnections | undefined;
  const app: RlogServer = fastify({
    bodyLimit: node.config.bodyBytesMax,
    exposeHeadRoutes: true,
    forceCloseConnections: 'idle',
    // While shutting down, our own code refuses requests on connections that are still open.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    serverFactory: (framework) => {
      const pipelines = new Pipelines(answers, (request, response) => {
        if (request.method === 'POST' && isServed(request.socket)) {
          const head = plainHead(request.url ?? '', request.rawHeaders);
          if (head === undefined ? together.take(request, response) : quick.take(head, new HttpExchange(request, response))) return;
        }
        answers.watch(request, response);
        framework(request, response);
      });
      // A client that offers an upgrade to another protocol, as some always do, is answered in HTTP.
      const shouldUpgradeCallback = (request: IncomingMessage): boolean => {
        // Behind a request that is not answered yet it is answered in its turn.
        if (!isForNodes(request) || answers.isAnyDue(request.socket)) return false;
        node.connections.isStream(request.socket);
        return true;
      };
      const server = createTransport({ ...httpOptions(node.config.limits), shouldUpgradeCallback }, node.tls, (request, response) => {
        if (reader.isStandIn(request, response) || node.connections.refuses(request, response)) return;
        pipelines.take(request, response);
      });
      const reader = new PlainConnections(server, {
        answers,
        headersTimeoutMs: node.config.limits.headersTimeoutMs,
        keepAliveMs,
        take: (head, exchange) => !node.connections.isTooMany(exchange.socket) && isServed(exchange.socket) && quick.take(head, exchange),
      });
      plain = reader;
      node.connections.watch(server, answers);
      return server;
    },
    frameworkErrors: (error, request, reply) => void fail(request, reply, error),
    clientErrorHandler: (error, socket) => {
      // Who opened a connection and said nothing has no request that took too long.
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && socket.bytesRead > 0)
        node.refusals.count('REQUEST_TIMEOUT_MS', { address: sourceOf(socket.remoteAddress) });
      if (!socket.writable) return;
      // The next answer on this connection belongs to an earlier request, not to this error.
      if (answers.isAnyDue(socket) && !answers.isOnlyOneBroken(socket)) return answers.endAfterThem(socket);
      refuseOnWire(error, socket);
    },
  });
  app.addHook('preClose', async () => {
    answers.close();
    if (node.connections.isAnyIdle(answers)) await pause(arrivingMs);
    plain?.closeIdle();
  });
  app.setReplySerializer(jsonAnswer);
  answerHalfClosed(app.server);
  app.server.on('checkExpectation', (_request, response) => {
    const failure = new LogError('bad-request', 'the only expectation that can be met is 100-continue');
    const { status, headers, body } = problemResponse(failure, '/');
    response.writeHead(status, headers).end(body);
  });
  app.server.on('connect', (request, socket) => {
    socket.on('error', () => socket.destroy());
    if (answers.isAnyDue(request.socket)) return answers.endAfterThem(request.socket);
    writeRefusal(
      socket,
      new LogError('method-not-allowed', `this server is not a proxy and does not connect to ${request.url ?? 'anywhere'}`),
      'allow: GET, HEAD\r\n',
    );
  });
  const uses = new RequestUses(node.clients, node.access);
  // Our own code parses bodies, and keeps the text of messages.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser([...messagesTypes], (_request, payload, done) => {
    readBody({ budget: node.bodies, arrived: (request, bytes) => uses.arrived(request, bytes) }, payload, done);
  });

  app.addHook('onRequest', (request, reply, done) => {
    setAnswerHeaders(reply.raw);
    const isPreflight = allowOrigin(request, reply.raw, node.hostNames.origins);
    node.protectedMode.check(request);
    checkSaysOnce(request);
    checkSite(request, node.hostNames);
    node.nodeHeaders.check(request);
    node.peerPort.check(request.socket, false);
    uses.begin(request, reply);
    if (isPreflight) return void reply.code(204).send();
    checkDialect(request);
    checkAccess(node.access, request);
    done();
  });

  const methods = new KnownMethods();
  app.addHook('onRoute', ({ url, method }) => {
    for (const each of [method].flat()) {
      requireNeed(each, url);
      methods.add(url, each);
      // HEAD is wherever GET is.
      if (each !== 'HEAD') onRoute?.({ method: each, url });
    }
  });

  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    const failure = asLogError(error);
    if (failure.code === 'internal-error') log.error({ err: error, method: request.method, url: request.url }, 'request.failed');
    node.refusals.sawFailure(failure, request.socket.remoteAddress);
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
  retentionRoutes(app, node);
  backupRoutes(app, node);
  compatibilityRoutes(app, node);
  nodesRoutes(app, node);
  assetRoutes(app, node.page);
  app.get(replicatePath, () => {
    throw new LogError('unknown-protocol', `this is the stream between nodes: it needs an upgrade to ${protocolName}`, {
      protocol: protocolName,
    });
  });
  return app;
}

/**
 * With two hosts, or two tokens, it is ambiguous which one is meant (RFC 9112, section 3.2; RFC 9110, section 5.3): a proxy may
 * have judged the other one.
 * @throws LogError
 */
function checkSaysOnce({ raw }: FastifyRequest): void {
  for (const [name, title] of [
    ['host', 'Host'],
    ['authorization', 'Authorization'],
  ] as const) {
    if ((raw.headersDistinct[name]?.length ?? 0) > 1) throw new LogError('bad-request', `the request has more than one ${title} header`);
  }
}
