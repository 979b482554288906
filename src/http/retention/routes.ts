/** Routes for what the log keeps: `DELETE /messages` lets entries go, `/retention` says how much stays from now on. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { messagesPath, retentionPath } from '../../api/paths.ts';
import { LogError } from '../../api/problems.ts';
import type { Retention, Trimmed } from '../../api/retention.ts';
import { offset } from '../../core/model/numbers.ts';
import type { Driver } from '../../driver/driver.ts';
import { askingOf } from '../access/asking.ts';
import { audited } from '../access/audit.ts';
import type { AuditingNode } from '../access/audit.ts';
import { forwardedFrom } from '../leader/forwarded.ts';
import type { MeantNode } from '../leader/forwarded.ts';
import { forwardRequest } from '../leader/forward-request.ts';
import type { HttpForwardingNode } from '../leader/forward-request.ts';
import { hereOrAtLeader } from '../leader/here-or-at-leader.ts';
import type { LeaderRequest } from '../leader/leader-client.ts';
import { bodyBytes, needJson, parseSmallJson } from '../wire/body.ts';
import { readCount, readQuery } from '../wire/query.ts';
import { asTimeout, fromQuery, reject } from '../wire/values.ts';
import { retentionJson } from '../wire/retention-json.ts';
import { areSame, retentionIn } from './read-retention.ts';

/** What these routes need of their node. */
export interface RetentionNode extends HttpForwardingNode, AuditingNode {
  readonly driver: Driver;
  readonly config: HttpForwardingNode['config'] & MeantNode['config'];
}

const timeoutMsDefault = 30_000;
/** How long a node that passed a retention on waits to hear of it from the leader: a few heartbeats. */
const heardWithinMs = 1000;

export function retentionRoutes(app: FastifyInstance, node: RetentionNode): void {
  app.delete(messagesPath, (request, reply) => trim(node, request, reply));
  app.get(retentionPath, (request) => {
    readQuery(request.query, []);
    return retentionJson(node.driver.retention);
  });
  app.put(retentionPath, (request, reply) => setRetention(node, request, reply));
}

/** Answered once a majority has it, and this node knows of it: so whoever asked reads here as it was told. */
async function trim(node: RetentionNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { driver, clock } = node;
  const query = readQuery(request.query, ['before', 'timeoutMs']);
  if (query.before === undefined) {
    reject('"before" is missing: say which entry is the first that stays, like DELETE /messages?before=1000', { field: 'before' });
  }
  const before = readCount('before', query.before);
  const timeoutMs = timeoutIn(query.timeoutMs);
  const deadline = clock.now() + timeoutMs;
  const firstBefore = driver.firstOffset;
  const trimmed = await audited<Trimmed>(node, request.raw, {
    event: 'audit.log-trimmed',
    facts: { before },
    factsOf: ({ firstOffset }) => (firstOffset > firstBefore ? { firstOffset } : undefined),
    carryOut: () =>
      atLeader<Trimmed>(node, request, {
        timeoutMs,
        here: async (remainingMs) => ({ firstOffset: await driver.commands.trim(offset(before), remainingMs) }),
        call: { method: 'DELETE', path: (remainingMs) => `${messagesPath}?before=${before}&timeoutMs=${remainingMs}`, body: undefined },
      }),
  });
  const { firstOffset } = trimmed;
  const isKnown = await driver.waitUntil(() => driver.firstOffset >= firstOffset, Math.max(0, deadline - clock.now()));
  if (!isKnown) {
    throw new LogError('trim-timeout', `entries before ${firstOffset} are trimmed, and this node did not hear of it in time`, {
      firstOffset,
    });
  }
  return reply.send(trimmed);
}

async function setRetention(node: RetentionNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { driver } = node;
  const timeoutMs = timeoutIn(readQuery(request.query, ['timeoutMs']).timeoutMs);
  needJson(request);
  const body = bodyBytes(request);
  const retention = retentionIn(parseSmallJson(body));
  const set = await audited<Retention>(node, request.raw, {
    event: 'audit.retention-set',
    facts: { retention: retentionJson(retention) },
    factsOf: () => ({}),
    carryOut: () =>
      atLeader<Retention>(node, request, {
        timeoutMs,
        here: async (remainingMs) => retentionJson(await driver.commands.setRetention(retention, remainingMs)),
        call: { method: 'PUT', path: (remainingMs) => `${retentionPath}?timeoutMs=${remainingMs}`, body },
      }),
  });
  // It is in force. Another one may have replaced it since, so this node may never have it.
  await driver.waitUntil(() => areSame(driver.retention, retention), heardWithinMs);
  return reply.send(set);
}

interface AtLeader<Result> {
  readonly timeoutMs: number;
  readonly here: (remainingMs: number) => Promise<Result>;
  readonly call: Pick<LeaderRequest, 'path' | 'body'> & { readonly method: 'DELETE' | 'PUT' };
}

/** Both decisions are harmless to repeat: what was decided before is decided again. */
function atLeader<Result>(node: RetentionNode, request: FastifyRequest, { timeoutMs, here, call }: AtLeader<Result>): Promise<Result> {
  const caller = node.access.callerOf(askingOf(request.raw));
  const headers: Record<string, string> = call.body === undefined ? {} : { 'content-type': 'application/json' };
  return hereOrAtLeader<Result>(node, {
    timeoutMs,
    forwarded: forwardedFrom(request.headers),
    isRepeatable: true,
    here,
    atLeader: async (remainingMs) => {
      try {
        return (await forwardRequest(node, { call: { ...call, headers, caller }, timeoutMs: remainingMs, isRepeatable: true })) as Result;
      } catch (error) {
        throw ofOlderLeader(error, node);
      }
    },
  });
}

/** A leader of an earlier version has no such route. */
function ofOlderLeader(error: unknown, { driver }: RetentionNode): unknown {
  if (!(error instanceof LogError) || (error.code !== 'method-not-allowed' && error.code !== 'not-found')) return error;
  const waitingFor = driver.leader === undefined ? [] : [driver.leader.id];
  return new LogError('upgrade-pending', 'the leader runs a version that cannot do this', { waitingFor }, { cause: error });
}

function timeoutIn(text: string | undefined): number {
  return text === undefined ? timeoutMsDefault : asTimeout(fromQuery(text));
}
