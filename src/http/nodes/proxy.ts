/**
 * Passes a request on to a node that the asker named: status, headers and body come back as the node sends them, as
 * they come, and nothing is kept here. When one side goes away the other hears of it, and so it does when the node is silent.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LogError } from '../../api/problems.ts';
import { heartbeat } from '../wire/event-stream.ts';
import { showWhetherGone } from '../wire/half-closed.ts';
import { callNode } from './node-call.ts';
import type { ListedNode, NodeDirectory } from './node-directory.ts';
import { watchSilentNode } from './silent-node.ts';
import { isSending, passOver } from '../wire/still-sending.ts';

/** What is said between two ends of one connection, and not passed on (RFC 9110, section 7.6.1). */
const ofOneConnection: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What a browser says of the page that asks, and of whoever sits before it: that is judged here, and means nothing there. */
const ofBrowser: ReadonlySet<string> = new Set([
  'cookie',
  'origin',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
  'sec-fetch-user',
  'user-agent',
]);
/**
 * What is passed back. A member may be anybody: it must not set a cookie here, lead somebody away, or be taken for a page
 * of ours.
 */
const passedBack: ReadonlySet<string> = new Set([
  'allow',
  'cache-control',
  'content-length',
  'content-type',
  'date',
  'location',
  'retry-after',
  'rlog-cluster',
  'vary',
  'x-accel-buffering',
]);
/** What nodes answer with. A browser would run what comes as a page, or as an image with scripts. */
const nodeTypes: ReadonlySet<string> = new Set([
  'application/json',
  'application/problem+json',
  'application/x-ndjson',
  'text/event-stream',
]);

/** @param path - at that node. @throws LogError */
export async function passOn(
  directory: NodeDirectory,
  path: string,
  request: FastifyRequest<{ Params: { id: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const node = findNode(directory, request.params.id);
  const query = request.raw.url?.split('?').slice(1).join('?') ?? '';
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const answered = watchSilentNode(node, directory, (why) => gone.abort(why));
  reply.raw.once('close', answered);
  const answer = await callNode(node, {
    method: request.method,
    path: query === '' ? path : `${path}?${query}`,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !ofOneConnection.has(name) && !ofBrowser.has(name))),
    self: directory.self,
    lookup: directory.lookup,
    signal: gone.signal,
    ...(request.method === 'POST' ? { body: request.raw } : {}),
  }).finally(answered);
  if (!isOfNode(answer)) {
    answer.destroy();
    throw new LogError('forward-failed', `${node.id} did not answer like a node of the log`, { node: node.id });
  }
  void reply.hijack();
  reply.raw.writeHead(answer.statusCode ?? 502, forwardedHeaders(answer.rawHeaders));
  // Who waits for what comes hears at once that it is waited for.
  reply.raw.flushHeaders();
  if (answer.headers['content-type']?.startsWith('text/event-stream') === true) askReaderWhetherGone(answer, reply.raw);
  // A break on either side breaks the other: that is all there is to do about it.
  const through = isSending(request.raw) ? (): void => passOver(request.raw, () => reply.raw.end()) : (): void => void reply.raw.end();
  pipeline(answer, reply.raw, { end: false }).then(through, () => undefined);
  return reply;
}

function askReaderWhetherGone(answer: IncomingMessage, response: ServerResponse): void {
  let isBetweenEvents = true;
  answer.on('data', (chunk: Buffer) => (isBetweenEvents = chunk.at(-1) === 0x0a && chunk.at(-2) === 0x0a));
  if (response.socket === null) return;
  showWhetherGone(response.socket, () => {
    // In the middle of an event the rest of it is on its way.
    if (isBetweenEvents && !response.writableEnded) response.write(heartbeat);
  });
}

/** @throws LogError */
export function findNode(directory: NodeDirectory, id: string): ListedNode {
  const listed = directory.list();
  const node = listed.find((each) => each.id === id);
  if (node !== undefined) return node;
  if (!directory.isComplete()) throw new LogError('node-unreachable', `this node does not know yet who "${id}" is`, { node: id });
  throw new LogError('not-found', `no node "${id}"; the nodes here are ${listed.map((each) => each.id).join(', ')}`);
}

export function isOfNode({ statusCode = 502, headers }: IncomingMessage): boolean {
  const type = headers['content-type'];
  const isRedirection = statusCode >= 300 && statusCode < 400;
  return !isRedirection && (type === undefined || nodeTypes.has(type.split(';')[0]?.trim().toLowerCase() ?? ''));
}

function forwardedHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (passedBack.has(name.toLowerCase())) kept.push(name, value);
  }
  return [...kept, 'x-content-type-options', 'nosniff'];
}
