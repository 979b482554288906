/**
 * The HTTP server of `rlog dev`: the page, what the page needs of the nodes, and the lab. It kills processes on request, so
 * it listens on the loopback address only, and refuses what pages of other sites send.
 */

import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isLoopback } from '../config/networks.ts';
import { openAccess } from '../http/access/access.ts';
import { proxyHeaders } from '../http/access/protected-mode.ts';
import { setAnswerHeaders } from '../http/wire/answer-headers.ts';
import { checkSite } from '../http/wire/cross-site.ts';
import type { HostNames } from '../http/wire/cross-site.ts';
import { native } from '../http/dialects/native.ts';
import { jsonAnswer } from '../http/wire/json-answer.ts';
import { KnownMethods } from '../http/wire/known-methods.ts';
import type { NodeDirectory } from '../http/nodes/node-directory.ts';
import type { Page } from '../http/page/page.ts';
import { problemType } from '../http/wire/content-types.ts';
import { asLogError } from '../http/wire/problem.ts';
import { nodesRoutes } from '../http/nodes/routes.ts';
import { assetRoutes, sendPage } from '../http/page/routes.ts';
import { tellFailure } from '../http/wire/telling-failure.ts';
import type { ProblemDocument } from '../api/problem-document.ts';
import { LogError } from '../api/problems.ts';
import { labProblems } from '../api/lab.ts';
import type { LabState } from '../api/lab.ts';
import { labPath } from '../api/paths.ts';
import { parseLabAction } from './lab.ts';
import type { Lab } from './lab.ts';
import { LabError } from './lab-error.ts';
import { parseLabTargets } from './lab-target.ts';
import { devHost } from './node-plans.ts';
import { Predictions } from './predictions.ts';

const bodyBytesMax = 16 * 1024;
/** With any port: the request may have come through a tunnel. */
const hostNames: ReadonlySet<string> = new Set(['localhost', devHost, '[::1]']);

/** There are no other names. */
const noOthers: HostNames = { allowed: [], origins: [], isAnyServed: false, known: () => [] };

export interface LabServerParts {
  readonly lab: Lab;
  readonly page: Page;
  readonly port: number;
  /** Called with internal errors. */
  readonly failed: (error: unknown) => void;
}

/** Listens. @returns the server; close it to end it */
export async function startLabServer({ lab, page, port, failed }: LabServerParts): Promise<FastifyInstance> {
  const app = fastify({ exposeHeadRoutes: true, forceCloseConnections: true, bodyLimit: bodyBytesMax });
  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply => {
    if (error instanceof LabError) {
      const problem = labProblemOf(error, request.url.split('?')[0] ?? '/');
      return reply.code(problem.status).header('content-type', problemType).send(problem);
    }
    const failure = asLogError(error);
    if (failure.code === 'internal-error') failed(error);
    return tellFailure(request, reply, { failure, dialect: native });
  };
  app.setReplySerializer(jsonAnswer);
  const methods = new KnownMethods();
  app.addHook('onRoute', ({ url, method }) => {
    for (const each of [method].flat()) methods.add(url, each);
  });
  app.setErrorHandler((error, request, reply) => fail(request, reply, error));
  app.setNotFoundHandler((request, reply) => {
    const { failure, allow } = methods.refusalOf(request);
    if (allow !== undefined) void reply.header('allow', allow);
    return fail(request, reply, failure);
  });
  app.addHook('onRequest', (request, reply, done) => {
    setAnswerHeaders(reply.raw);
    checkSite(request, noOthers);
    // Against DNS rebinding: a foreign name that leads here, so that a page of that name could do what ours can.
    const isForeign = !hostNames.has(request.hostname);
    done(isForeign ? new LabError('foreign-origin', `"${request.hostname}" is not a name of this server`) : undefined);
  });
  const directory: NodeDirectory = {
    self: null,
    hasLab: true,
    isComplete: () => true,
    list: () => lab.nodes.map(({ plan, url }) => ({ id: plan.id, url, address: url })),
  };
  app.get('/', (request, reply) => sendPage({ page }, request, reply));
  assetRoutes(app, page);
  nodesRoutes(app, { directory, access: openAccess });
  void app.register((scope, _options, done) => {
    labRoutes(scope, lab);
    done();
  });
  await app.listen({ host: devHost, port });
  return app;
}

function labRoutes(app: FastifyInstance, lab: Lab): void {
  // Only JSON, which a form of another site cannot send.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.addHook('onRequest', (request, _reply, done) => done(isFromHere(request) ? undefined : new LabError('foreign-origin', notFromHere)));
  app.get(labPath, (): LabState => ({ nodes: lab.state() }));
  app.post<{ Params: { id: string } }>(`${labPath}/nodes/:id`, (request) => lab.do(request.params.id, parseLabAction(bodyOf(request))));
  app.post(`${labPath}/reset`, (request) => {
    return lab.reset(parseLabTargets(bodyOf(request))).then((nodes): LabState => ({ nodes }));
  });
  predictionRoutes(app);
}

const notFromHere = 'the lab serves this machine only, and no proxy that asks for others';

/** A tunnel to this machine is as good as this machine: whoever has it may run programs here. */
function isFromHere({ socket, headers }: FastifyRequest): boolean {
  return isLoopback(socket.remoteAddress) && proxyHeaders.every((name) => headers[name] === undefined);
}

function predictionRoutes(app: FastifyInstance): void {
  const predictions = new Predictions();
  type OfExperiment = { Params: { experiment: string } };
  const path = `${labPath}/predictions/:experiment`;
  app.get<OfExperiment>(path, ({ params }) => predictions.counts(params.experiment));
  app.post<OfExperiment>(path, (request) => predictions.take(request.params.experiment, bodyOf(request)));
  app.delete<OfExperiment>(path, ({ params }) => predictions.clear(params.experiment));
}

/** @throws LogError */
function bodyOf({ body, headers }: FastifyRequest): unknown {
  if (typeof body !== 'string')
    throw new LogError('unsupported-media-type', `send application/json, not ${headers['content-type'] ?? 'nothing'}`);
  try {
    return JSON.parse(body.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw new LogError('bad-request', 'the body is not JSON', {}, { cause });
  }
}

function labProblemOf({ code, message }: LabError, instance: string): ProblemDocument {
  const { status, title } = labProblems[code];
  const type = `urn:replicated-log:problem:${code}`;
  return { type, title, status, detail: message, instance, code, outcome: 'rejected', retryable: false };
}
