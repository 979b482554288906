/** The HTTP server of a node: every route, problem documents for everything that fails, and the replication stream. */

import { createServer as createHttpServer } from 'node:http';
import type { ServerOptions } from 'node:http';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { LogError } from '../problems.ts';
import { protocolName } from '../protocol/message-codec.ts';
import { checkSite } from './cross-site.ts';
import { checkDialect, dialectOf } from './http-node.ts';
import type { HttpNode } from './http-node.ts';
import { DueAnswers } from './due-answers.ts';
import { asLogError, problemOf, problemType, retryAfter } from './problem.ts';
import { QuickAppends } from './quick-append.ts';
import { activityRoutes } from './routes/activity.ts';
import { compatibilityRoutes } from './routes/compatibility.ts';
import { healthRoutes } from './routes/health.ts';
import { messageRoutes } from './routes/messages.ts';
import { nodesRoutes } from './routes/nodes.ts';
import { assetRoutes } from './routes/page.ts';
import { secondaryRoutes } from './routes/secondaries.ts';
import { isForStream } from './upgrade.ts';

const httpOptions: ServerOptions = {
  keepAliveTimeout: 65_000,
  // Waiting for a write concern takes as long as the writer allowed; only the sending of a request is bounded.
  requestTimeout: 120_000,
  requireHostHeader: false,
  // Whoever offers to go on in another protocol, as some clients always do, is answered in this one.
  shouldUpgradeCallback: isForStream,
};

/** How long who sent no HTTP may take to hear of it. */
const refusalMs = 1000;

export type RlogServer = FastifyInstance;

/** @param onRoute - told of every route */
export function createServer(
  node: HttpNode,
  log: Logger,
  onRoute?: (route: { readonly method: string; readonly url: string }) => void,
): RlogServer {
  const answers = new DueAnswers();
  const quick = new QuickAppends(node, answers, log);
  const app: RlogServer = fastify({
    bodyLimit: node.config.bodyBytesMax,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // A request on a connection that is still open is refused in our own words.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
    serverFactory: (framework) => {
      return createHttpServer(httpOptions, (request, response) => {
        if (quick.take(request, response)) return;
        answers.watch(request, response);
        framework(request, response);
      });
    },
    frameworkErrors: (error, request, reply) => void fail(request, reply, error),
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return;
      // What stands on the wire next is the answer to what was asked before; this error is not.
      if (answers.isAnyDue(socket) && !answers.isOnlyOneBroken(socket)) return answers.endAfterThem(socket);
      const problem = problemOf(new LogError('bad-request', `not HTTP: ${error.message}`), '/');
      const body = JSON.stringify(problem);
      socket.end(
        `HTTP/1.1 400 Bad Request\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
      // Whoever keeps its side open is not waited for.
      setTimeout(() => socket.destroy(), refusalMs).unref();
    },
  });
  app.server.on('checkExpectation', (_request, response) => {
    const problem = problemOf(new LogError('bad-request', 'the only expectation that can be met is 100-continue'), '/');
    response.writeHead(problem.status, { 'content-type': problemType }).end(JSON.stringify(problem));
  });
  // Requests are taken apart by our own code, which keeps their text.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(['application/json', 'application/x-ndjson', 'text/plain'], { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );

  app.addHook('onRequest', (request, _reply, done) => {
    checkSite(request);
    checkDialect(request);
    done();
  });

  const paths = new Map<RegExp, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    for (const each of [method].flat()) {
      rememberMethod(paths, url, each);
      onRoute?.({ method: each, url });
    }
  });

  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    const failure = asLogError(error);
    const instance = request.url.split('?')[0] ?? '/';
    if (failure.code === 'internal-error') log.error({ err: error, method: request.method, url: request.url }, 'request.failed');
    const problem = problemOf(failure, instance);
    const { contentType, body } = dialectOf(node, request).problem(problem);
    const after = retryAfter(failure.code);
    if (after !== undefined) void reply.header('retry-after', after);
    return reply.code(problem.status).header('content-type', contentType).send(body);
  };
  app.setErrorHandler((error, request, reply) => fail(request, reply, error));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '/';
    const allowed = [...paths].find(([pattern]) => pattern.test(path))?.[1];
    if (allowed === undefined) return fail(request, reply, new LogError('not-found', `there is no ${path} here; see /openapi.json`));
    void reply.header('allow', [...allowed].join(', '));
    return fail(request, reply, new LogError('method-not-allowed', `${path} takes ${[...allowed].join(', ')}, not ${request.method}`));
  });

  messageRoutes(app, node);
  healthRoutes(app, node);
  activityRoutes(app, node);
  secondaryRoutes(app, node);
  compatibilityRoutes(app, node);
  nodesRoutes(app, node.directory);
  assetRoutes(app, node.page);
  app.get('/replicate', () => {
    throw new LogError('unknown-protocol', `this is the stream between nodes: it wants an upgrade to ${protocolName}`, {
      protocol: protocolName,
    });
  });
  return app;
}

function rememberMethod(paths: Map<RegExp, Set<string>>, url: string, method: string): void {
  const pattern = new RegExp(`^${url.replaceAll(/:[A-Za-z]+/g, '[^/]+')}$`);
  let known = [...paths].find(([other]) => other.source === pattern.source)?.[1];
  if (known === undefined) paths.set(pattern, (known = new Set()));
  known.add(method);
}
