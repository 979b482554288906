/** Routes for members: register a node, list the members, remove one. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { nodeUrlIn } from '../../config/addresses.ts';
import { isNeverDialed } from '../../config/networks.ts';
import { isNodeName } from '../../core/model/names.ts';
import { nodeId } from '../../core/model/numbers.ts';
import type { NodeId } from '../../core/model/numbers.ts';
import type { ClusterForced, Registered } from '../../api/members.ts';
import { memberPath, membersPath, registerPath } from '../../api/paths.ts';
import { LogError } from '../../api/problems.ts';
import { nodeHeader } from '../../api/headers.ts';
import { askingOf } from '../access/asking.ts';
import { audited } from '../access/audit.ts';
import type { AuditingNode } from '../access/audit.ts';
import { bodyBytes, needJson, parseSmallJson } from '../wire/body.ts';
import { asTimeout, fromQuery } from '../wire/values.ts';
import { forwardedFrom } from '../leader/forwarded.ts';
import { forwardRequest } from '../leader/forward-request.ts';
import type { HttpForwardingNode } from '../leader/forward-request.ts';
import { hereOrAtLeader } from '../leader/here-or-at-leader.ts';
import type { MeantNode } from '../leader/forwarded.ts';
import type { Driver } from '../../driver/driver.ts';
import { memberJson } from '../wire/member-json.ts';
import { readChoice, readQuery } from '../wire/query.ts';

/** What these routes need of their node. */
export interface MembersNode extends HttpForwardingNode, AuditingNode {
  readonly driver: Driver;
  readonly config: HttpForwardingNode['config'] & MeantNode['config'];
}

/** Default time limits. */
const changeTimeoutMs = 30_000;
const registrationTimeoutMs = 5000;

export function secondaryRoutes(app: FastifyInstance, node: MembersNode): void {
  for (const url of [membersPath, registerPath]) app.post(url, (request, reply) => registerNode(node, request, reply));
  app.get(membersPath, (request) => {
    readQuery(request.query, []);
    const status = node.driver.status();
    const members = status.members.filter((member) => member.id !== (status.leader?.id ?? status.id));
    return { secondaries: members.map(memberJson) };
  });
  app.delete<{ Params: { id: string } }>(`${membersPath}/:id`, (request, reply) => removeMember(node, request, reply));
}

/** @throws LogError */
export async function registerNode(node: MembersNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { driver } = node;
  readQuery(request.query, []);
  needJson(request);
  const body = bodyBytes(request);
  const { url, id } = registrationOf(parseSmallJson(body));
  node.access.checkNodes();
  const caller = node.access.callerOf(askingOf(request.raw));
  const sender = request.headers[nodeHeader];
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (typeof sender === 'string') headers[nodeHeader] = sender;
  // A node that registers itself sends this header; without it, somebody registers the node by hand.
  const isByHand = sender === undefined;
  const registration = await audited<Partial<Registered>>(node, request.raw, {
    event: 'audit.member-registered',
    facts: { url, ...(id !== undefined && { member: id }) },
    // A member registers itself again and again while no leader feeds it.
    factsOf: ({ id: member, state }) => (isByHand || state !== 'member' ? { member, state } : undefined),
    carryOut: () =>
      hereOrAtLeader(node, {
        timeoutMs: registrationTimeoutMs,
        forwarded: forwardedFrom(request.headers),
        isRepeatable: true,
        here: () => driver.commands.register(url, { id, isByHand }),
        atLeader: (timeoutMs) => {
          const call = { method: 'POST', path: () => membersPath, headers, body, caller } as const;
          return forwardRequest(node, { call, timeoutMs, isRepeatable: true }) as Promise<Partial<Registered>>;
        },
      }),
  });
  return reply.code(registration.state === 'unreached' ? 202 : 201).send(registration);
}

async function removeMember(
  node: MembersNode,
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { config } = node;
  const { id } = request.params;
  const query = readQuery(request.query, ['force', 'timeoutMs']);
  const timeoutMs = query.timeoutMs === undefined ? changeTimeoutMs : asTimeout(fromQuery(query.timeoutMs));
  if (readChoice('force', query.force ?? 'false', ['true', 'false']) === 'true') {
    const forced = await audited<ClusterForced>(node, request.raw, {
      event: 'audit.cluster-forced',
      facts: { removed: id },
      factsOf: (done) => done,
      carryOut: async () => ({ cluster: await node.driver.commands.forceNewCluster(), kept: config.serverId }),
    });
    return reply.send(forced);
  }
  const answer = await audited<unknown>(node, request.raw, {
    event: 'audit.member-removed',
    facts: { member: id },
    factsOf: () => ({}),
    carryOut: () => removeHereOrAtLeader(node, request, { id, timeoutMs }),
  });
  return reply.send(answer);
}

function removeHereOrAtLeader(
  node: MembersNode,
  request: FastifyRequest,
  { id, timeoutMs }: { readonly id: string; readonly timeoutMs: number },
): Promise<unknown> {
  const caller = node.access.callerOf(askingOf(request.raw));
  return hereOrAtLeader<unknown>(node, {
    timeoutMs,
    forwarded: forwardedFrom(request.headers),
    isRepeatable: false,
    here: async (remainingMs) => {
      await node.driver.commands.removeMember(nodeId(id), remainingMs);
      return { id, removed: true };
    },
    atLeader: (timeLeftMs) =>
      forwardRequest(node, {
        call: {
          method: 'DELETE',
          path: (remainingMs) => `${memberPath(id)}?timeoutMs=${remainingMs}`,
          headers: {},
          body: undefined,
          caller,
        },
        timeoutMs: timeLeftMs,
        // A second leader would find no such member, and could not tell whether the first one had removed it.
        isRepeatable: false,
      }),
  });
}

/** @throws LogError */
function registrationOf(value: unknown): { readonly url: string; readonly id: NodeId | undefined } {
  const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {};
  const unknown = Object.keys(fields).find((name) => name !== 'url' && name !== 'id');
  if (unknown !== undefined) throw new LogError('bad-request', `unknown field "${unknown}"; known fields: url, id`, { field: unknown });
  const { url, id } = fields;
  const known = typeof url === 'string' ? nodeUrlIn(url) : undefined;
  if (known === undefined) throw new LogError('bad-request', '"url" must be the URL of the node, like http://host:5001', { field: 'url' });
  if (isNeverDialed(new URL(known).hostname)) {
    throw new LogError('bad-request', `"url" is link-local, or a cloud's metadata service: nodes are never dialed there`, { field: 'url' });
  }
  if (id === undefined) return { url: known, id };
  if (typeof id !== 'string' || !isNodeName(id)) throw new LogError('bad-request', '"id" must be the name of the node', { field: 'id' });
  return { url: known, id: nodeId(id) };
}
