/** Reads the log: up to where a request may see, in the shape that it asks for. */

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { offset } from '../../core/model/numbers.ts';
import { LogError } from '../../api/problems.ts';
import { jsonType } from '../wire/content-types.ts';
import { entryLines, entryList } from '../dialects/list-format.ts';
import type { ListShape } from '../dialects/list-format.ts';
import { bytesOfEntry, encodeEntries, entryStream, pieceBytes } from './entry-stream.ts';
import { startingPlace } from './resume-point.ts';
import { followMessages } from './follow.ts';
import { dialectOf } from '../dialects/dialect-of.ts';
import type { ReadingNode } from './reading-node.ts';
import { logHeaders } from './log-mark.ts';
import { provePlace } from './place-proof.ts';
import { readChoice, readCount, readQuery } from '../wire/query.ts';
import { messagesForm } from '../wire/representations.ts';
import { liveEnd, readLevels, visibleEnd } from './read-level.ts';

/** How long a request may wait for what comes. */
const waitSecondsMax = 600;

/** `GET /messages` and `GET /` */
export async function readMessages(node: ReadingNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const type = messagesForm(request.headers);
  if (type === undefined) {
    const accept = request.headers.accept ?? '';
    throw new LogError('not-acceptable', `"${accept}" cannot be served; application/json, application/x-ndjson and text/event-stream can`);
  }
  return type === 'events' ? followMessages(node, request, reply) : listMessages(node, type, request, reply);
}

async function listMessages(
  node: ReadingNode,
  type: 'json' | 'ndjson',
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = readQuery(request.query, ['from', 'lastEventId', 'limit', 'read', 'timeoutMs', 'view', 'wait']);
  const place = startingPlace(request, query);
  const limit = query.limit === undefined ? Number.MAX_SAFE_INTEGER : readCount('limit', query.limit);
  const level = readChoice('read', query.read ?? 'default', readLevels);
  const view = readChoice('view', query.view ?? 'messages', ['messages', 'entries']);
  const waitMs = query.wait === undefined ? 0 : readWait(query.wait);
  const shape = shapeFor(node, request, { type, view });
  let end = await visibleEnd(node, level, query.timeoutMs);
  await provePlace(node, place, level);
  if (waitMs > 0 && limit > 0 && end <= place.start && request.method !== 'HEAD') {
    await node.liveTail.untilBeyond(place.start, level, { timeoutMs: waitMs, gone: goneSignal(reply) });
    await provePlace(node, place, level);
    end = liveEnd(node, level);
  }
  const range = { start: offset(Math.min(place.start, end)), end: offset(Math.min(end, place.start + limit)) };
  void reply.headers(logHeaders(node.driver)).header('content-type', shape.contentType);
  if (request.method === 'HEAD') return reply.send(Readable.from([]));
  return reply.send(Readable.from(entryStream(node, range, shape)));
}

/** Told when the asker goes away. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}

/** @returns milliseconds. @throws LogError */
function readWait(text: string): number {
  const seconds = Number(text);
  if (!/^\d{1,4}(\.\d{1,3})?$/.test(text) || seconds > waitSecondsMax) {
    throw new LogError('bad-request', `"wait" must be seconds from 0 to ${waitSecondsMax}, not "${text}"`, { field: 'wait' });
  }
  return Math.ceil(seconds * 1000);
}

/** `GET /messages/:offset` */
export async function readEntry(
  node: ReadingNode,
  request: FastifyRequest<{ Params: { offset: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = readQuery(request.query, ['read', 'timeoutMs']);
  const at = readCount('offset', request.params.offset);
  const end = await visibleEnd(node, readChoice('read', query.read ?? 'default', readLevels), query.timeoutMs);
  if (at >= end) throw new LogError('not-found', `there is no entry ${at}; the log ends at ${end}`, { end });
  const [batch] = await node.driver.readEntriesFrom(offset(at), 1);
  if (batch === undefined) throw new LogError('not-found', `entry ${at} was cut by a change of leader`, {});
  const shape = { ...entryList, open: '', separator: '', close: '' };
  void reply.headers(logHeaders(node.driver)).header('content-type', jsonType);
  const range = { start: offset(at), end: offset(at + 1) };
  // A large one goes part by part: whoever does not take it holds a part.
  const isPart = request.method !== 'HEAD' && bytesOfEntry(batch, at) > pieceBytes;
  if (isPart) return reply.send(Readable.from(entryStream(node, range, shape)));
  const [entry] = encodeEntries(batch, range, { shape, isFirst: true, isWhole: true });
  return reply.send(entry?.bytes);
}

function shapeFor(
  node: ReadingNode,
  request: FastifyRequest,
  { type, view }: { readonly type: 'json' | 'ndjson'; readonly view: 'messages' | 'entries' },
): ListShape {
  if (type === 'ndjson') return entryLines;
  return view === 'entries' ? entryList : dialectOf(node, request).messages;
}
