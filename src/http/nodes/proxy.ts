/**
 * Proxies a request to the node that the client named: status, headers and body are passed back as they arrive, and
 * nothing is buffered here. When one side disconnects, the other is disconnected too; so is the client when the node is
 * silent.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { clusterHeader, dialectHeader, firstOffsetHeader, idempotencyKeyHeader, lastEventIdHeader } from '../../api/headers.ts';
import { LogError } from '../../api/problems.ts';
import type { Scope } from '../../trust/caller.ts';
import { askingOf } from '../access/asking.ts';
import { proxyHeaders } from '../access/protected-mode.ts';
import { setAnswerHeaders } from '../wire/answer-headers.ts';
import { eventsType, jsonType, ndjsonType, problemType } from '../wire/content-types.ts';
import { heartbeat, lastEvent } from '../wire/event-stream.ts';
import { showWhetherGone } from '../wire/half-closed.ts';
import { callNode } from './node-call.ts';
import type { ListedNode, NodeDirectory, ReachableNodes } from './node-directory.ts';
import { watchSilentNode } from './silent-node.ts';
import { isSending, passOver } from '../wire/still-sending.ts';

/** How long the last event has to go out. */
const lastEventMs = 2000;

/**
 * Headers that are passed on: what the node needs to answer. Others stay here: what belongs to one connection (RFC 9110,
 * section 7.6.1), what a browser says about the page, the client's password, token and cookies, and what only nodes say
 * to each other. Who the client is and what it may is told in a header of our own.
 */
const passedOn: ReadonlySet<string> = new Set([
  'accept',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  dialectHeader,
  idempotencyKeyHeader,
  lastEventIdHeader,
  ...proxyHeaders,
]);
/**
 * Headers that are passed back. A member is not trusted: it must not set a cookie here, redirect a visitor, or have its
 * answer taken for our page.
 */
const passedBack: ReadonlySet<string> = new Set([
  'allow',
  'cache-control',
  'content-length',
  'date',
  'location',
  'retry-after',
  clusterHeader,
  firstOffsetHeader,
  'vary',
  'x-accel-buffering',
]);
/** Content types of nodes' answers. A browser would run scripts in a page or an SVG image. */
const nodeTypes: readonly string[] = [jsonType, problemType, ndjsonType, eventsType];

export interface PassedOn {
  /** At that node. */
  readonly path: string;
  /** Of an answer that may go on: the scope without which it is ended. */
  readonly scope?: Scope;
}

/** @throws LogError */
export async function passOn(
  { directory, access }: ReachableNodes,
  { path, scope }: PassedOn,
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const node = findNode(directory, request.params.id);
  const asking = askingOf(request.raw);
  const query = request.raw.url?.split('?').slice(1).join('?') ?? '';
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  let end = (why: Error): void => gone.abort(why);
  if (scope !== undefined)
    reply.raw.once(
      'close',
      access.hold(asking, scope, (why) => end(why)),
    );
  const answered = watchSilentNode(node, directory, (why) => gone.abort(why));
  reply.raw.once('close', answered);
  const answer = await callNode(node, {
    method: request.method,
    path: query === '' ? path : `${path}?${query}`,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => passedOn.has(name))),
    self: directory.self,
    caller: access.callerOf(asking),
    agent: directory.agent,
    signal: gone.signal,
    ...(request.method === 'POST' ? { body: request.raw } : {}),
  }).finally(answered);
  const type = nodeType(answer);
  if (type === undefined) {
    answer.destroy();
    throw new LogError('forward-failed', `${node.id} did not answer like a node of this log`, { node: node.id });
  }
  void reply.hijack();
  setAnswerHeaders(reply.raw);
  reply.raw.writeHead(answer.statusCode ?? 502, [...headersBack(answer.rawHeaders), 'content-type', type]);
  // A client of an event stream gets the headers at once, even if there is no event yet.
  reply.raw.flushHeaders();
  if (type === eventsType) {
    const write = writerBetweenEvents(answer, reply.raw);
    if (reply.raw.socket !== null) showWhetherGone(reply.raw.socket, () => write(heartbeat));
    end = (why) => {
      answer.unpipe(reply.raw);
      if (why instanceof LogError) write(lastEvent(why, request.url.split('?')[0] ?? '/'));
      reply.raw.end();
      // When it has gone out, the answer is closed, and so is that of the node.
      setTimeout(() => gone.abort(why), lastEventMs).unref();
    };
  }
  // When either side breaks, `pipeline` closes the other; nothing more can be done about it.
  const through = isSending(request.raw) ? (): void => passOver(request.raw, () => reply.raw.end()) : (): void => void reply.raw.end();
  pipeline(answer, reply.raw, { end: false }).then(through, () => undefined);
  return reply;
}

/** @returns writes nothing within an event: the rest of that will come */
function writerBetweenEvents(answer: IncomingMessage, response: ServerResponse): (text: string | Buffer) => void {
  let isBetweenEvents = true;
  answer.on('data', (chunk: Buffer) => (isBetweenEvents = chunk.at(-1) === 0x0a && chunk.at(-2) === 0x0a));
  return (text) => {
    if (isBetweenEvents && !response.writableEnded) response.write(text);
  };
}

/** @throws LogError */
export function findNode(directory: NodeDirectory, id: string): ListedNode {
  const listed = directory.list();
  const node = listed.find((each) => each.id === id);
  if (node !== undefined) return node;
  if (!directory.isComplete()) throw new LogError('node-unreachable', `this node does not know yet where "${id}" is`, { node: id });
  throw new LogError('not-found', `no node "${id}"; the nodes are ${listed.map((each) => each.id).join(', ')}`);
}

/**
 * The type of a node's answer, written anew: a browser reads several types in one header, or in several, in other ways than
 * this program (https://fetch.spec.whatwg.org/#concept-header-extract-mime-type).
 * @returns `undefined` if a node does not answer like that: with another type or status
 */
export function nodeType({ statusCode = 502, headers }: IncomingMessage): string | undefined {
  if (!isNodeStatus(statusCode)) return undefined;
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return nodeTypes.find((each) => each.split(';')[0] === type.trim().toLowerCase());
}

/** Not one that leads elsewhere, has no body whatever its length says, or is none. */
function isNodeStatus(status: number): boolean {
  return (status >= 200 && status <= 202) || (status >= 400 && status <= 599);
}

function headersBack(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (passedBack.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
