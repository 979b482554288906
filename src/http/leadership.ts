/** `GET /leader` tells which node leads, and `POST /promote` makes a node the leader. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { leaderPath, promotePath } from '../api/paths.ts';
import { LogError, parseProblem, problems } from '../api/problems.ts';
import { nodeHeader } from '../api/headers.ts';
import { jsonMediaType } from '../api/media-types.ts';
import type { Promoted, PromotionRequest } from '../api/leadership.ts';
import type { Driver } from '../driver/driver.ts';
import type { Caller } from '../trust/caller.ts';
import { askingOf } from './access/asking.ts';
import { audited } from './access/audit.ts';
import type { AuditingNode } from './access/audit.ts';
import { callNode } from './nodes/node-call.ts';
import { findNode, nodeType } from './nodes/proxy.ts';
import type { NodeDirectory } from './nodes/node-directory.ts';
import { bodyBytes, needJson, parseSmallJson } from './wire/body.ts';
import { readQuery } from './wire/query.ts';
import { asTimeout } from './wire/values.ts';

/** What these routes need of their node. */
export interface LeadershipNode extends AuditingNode {
  readonly driver: Pick<Driver, 'leader' | 'commands'>;
  readonly directory: NodeDirectory;
}

const promotionTimeoutMs = 10_000;
/** Extra time for the way to another node and back. */
const travelMs = 2000;
const answerBytesMax = 64 * 1024;

export function leadershipRoutes(app: FastifyInstance, node: LeadershipNode): void {
  app.get(leaderPath, (request) => {
    readQuery(request.query, []);
    const { leader } = node.driver;
    if (leader === undefined) throw new LogError('no-leader', 'this node knows of no leader now');
    const { id, url, epoch } = leader;
    return { id, url, epoch };
  });
  app.post(promotePath, (request, reply) => promote(node, request, reply));
}

/** A node is promoted by itself: any other node proxies the request to it. @throws LogError */
async function promote(node: LeadershipNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  readQuery(request.query, []);
  const { id, timeoutMs = promotionTimeoutMs, force = false } = promotionOf(request);
  const { self } = node.directory;
  if (id !== undefined && id !== self && request.headers[nodeHeader] !== undefined) {
    throw new LogError('promotion-refused', `this is ${String(self)}, not ${id}`, { node: self });
  }
  const change = { event: 'audit.leader-promoted', facts: { leader: id ?? self, force } } as const;
  if (id !== undefined && id !== self) {
    const caller = node.access.callerOf(askingOf(request.raw));
    const carryOut = (): Promise<NodeAnswer> => promoteOther(node.directory, { id, timeoutMs, force, caller });
    const { status, type, text } = await audited(node, request.raw, { ...change, factsOf: whatItDid, carryOut });
    return reply.code(status).header('content-type', type).send(text);
  }
  const promoted = await audited<Promoted>(node, request.raw, {
    ...change,
    factsOf: ({ epoch }) => ({ epoch }),
    carryOut: async () => {
      const begunAt = performance.now();
      const epoch = await node.driver.commands.promote({ timeoutMs, isForced: force });
      return { leader: self ?? '', epoch, ms: Math.round(performance.now() - begunAt) };
    },
  });
  return reply.send(promoted);
}

interface NodeAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** For the audit: what another node refused changed nothing. */
function whatItDid({ status, text }: NodeAnswer): object | undefined {
  if (status === 200) return {};
  const code = parseProblem(text)?.code;
  return code !== undefined && problems[code].outcome === 'rejected' ? undefined : { code, outcome: 'unknown' };
}

async function promoteOther(
  directory: NodeDirectory,
  { id, timeoutMs, force, caller }: Required<PromotionRequest> & { readonly caller: Caller },
): Promise<NodeAnswer> {
  const answer = await callNode(findNode(directory, id), {
    method: 'POST',
    path: promotePath,
    headers: { 'content-type': jsonMediaType },
    body: JSON.stringify({ id, timeoutMs, force }),
    self: directory.self,
    caller,
    agent: directory.agent,
    signal: AbortSignal.timeout(timeoutMs + travelMs),
  });
  const type = nodeType(answer);
  if (type === undefined) {
    answer.destroy();
    throw new LogError('forward-failed', `${id} did not answer like a node of this log`, { node: id });
  }
  const chunks: Buffer[] = [];
  let byteCount = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    byteCount += chunk.length;
    if (byteCount > answerBytesMax)
      throw new LogError('forward-failed', `${id} gave a longer answer than a node of the log would`, { node: id });
    chunks.push(chunk);
  }
  return { status: answer.statusCode ?? 502, type, text: Buffer.concat(chunks).toString('utf8') };
}

/** @throws LogError */
function promotionOf(request: FastifyRequest): Partial<PromotionRequest> {
  if (request.headers['content-type'] !== undefined) needJson(request);
  const value = request.body === undefined ? {} : parseSmallJson(bodyBytes(request));
  const fields =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  if (fields === undefined) throw new LogError('bad-request', 'the body must be a JSON object, like {"id": "s1"}');
  const unknown = Object.keys(fields).find((name) => name !== 'id' && name !== 'timeoutMs' && name !== 'force');
  if (unknown !== undefined) {
    throw new LogError('bad-request', `unknown field "${unknown}"; known fields: id, timeoutMs, force`, { field: unknown });
  }
  const { id, timeoutMs, force } = fields;
  if (id !== undefined && typeof id !== 'string') throw new LogError('bad-request', '"id" must be the name of a node', { field: 'id' });
  if (force !== undefined && typeof force !== 'boolean') {
    throw new LogError('bad-request', '"force" must be true or false', { field: 'force' });
  }
  return {
    ...(id !== undefined && { id }),
    ...(timeoutMs !== undefined && { timeoutMs: asTimeout(timeoutMs) }),
    ...(force !== undefined && { force }),
  };
}
