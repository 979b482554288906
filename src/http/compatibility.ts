/** Routes that exist only for the seeds: `POST /add` of seed 001, and `POST /replicate` of seeds 003 and 004. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addPath, entryPath, replicatePath } from '../api/paths.ts';
import { askingOf } from './access/asking.ts';
import { append, checkKey } from './append/appending.ts';
import { envelopeFields, jsonAppend } from './append/append-body.ts';
import { bodyBytes, needJson, parseSmallJson, smallJsonBytesMax } from './wire/body.ts';
import { letGoOfBody } from './wire/body-reading.ts';
import { envelope } from './dialects/envelope.ts';
import { forwardedFrom } from './leader/forwarded.ts';
import { dialectOf } from './dialects/dialect-of.ts';
import { readQuery } from './wire/query.ts';
import type { QuickAppendNode } from './append/quick-append.ts';
import { traced } from './append/trace-of.ts';
import type { AppendTrace } from '../ports/append-traces.ts';
import { untilHeld } from './append/until-held.ts';
import { appendMessages, beginTrace, whenGone } from './messages.ts';
import { registerNode } from './members/routes.ts';
import type { MembersNode } from './members/routes.ts';

export function compatibilityRoutes(app: FastifyInstance, node: QuickAppendNode & MembersNode): void {
  app.post(addPath, (request, reply) => {
    needJson(request);
    return appendMessages(node, { request, reply, fields: envelopeFields, dialect: envelope });
  });
  app.post(replicatePath, (request, reply) => {
    needJson(request);
    if (!isRegistration(bodyBytes(request))) return replicateHere(node, request, reply);
    // Until its body was read it could have been an append.
    node.access.check(askingOf(request.raw), 'admin');
    return registerNode(node, request, reply);
  });
}

/** In seed 003 `POST /replicate` registers a node, in seed 004 it appends. @throws LogError */
function isRegistration(body: Buffer): boolean {
  if (body.length > smallJsonBytesMax) return false;
  const value = parseSmallJson(body);
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'url');
}

/** Appends at the leader with `w=1`, then waits until this node has the entry. It never writes around the leader. */
async function replicateHere(node: QuickAppendNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const trace = beginTrace(node, request, reply);
  return traced(trace, () => replicateTraced(node, request, reply, trace));
}

async function replicateTraced(
  node: QuickAppendNode,
  request: FastifyRequest,
  reply: FastifyReply,
  trace: AppendTrace | undefined,
): Promise<FastifyReply> {
  const { driver, config, bodyWork } = node;
  readQuery(request.query, []);
  const rules = { fields: { message: 'message' }, messageBytesMax: config.messageBytesMax } as const;
  const bytes = bodyBytes(request);
  const body = await bodyWork.run(jsonAppend(bytes, rules), bytes.length);
  letGoOfBody(request);
  const timeoutMs = config.writeTimeoutMs;
  const deadline = performance.now() + timeoutMs;
  const result = await append(node, {
    messages: body.messages,
    w: 1,
    timeoutMs,
    key: checkKey(request.raw.headersDistinct['idempotency-key']),
    keys: undefined,
    forwarded: forwardedFrom(request.headers),
    caller: node.access.callerOf(askingOf(request.raw)),
    trace,
    onGone: (callback) => whenGone(reply, callback),
  });
  await untilHeld(driver, result, { timeoutMs: Math.max(0, deadline - performance.now()), self: config.serverId });
  const answer = dialectOf(node, request).appended({ ...result, w: 1, isMany: false });
  trace?.answered({ status: answer.status, offset: result.offset, acks: result.acks });
  return reply.code(answer.status).header('location', entryPath(result.offset)).send(answer.body);
}
