/** Reads the log: up to where a request may see, in the shape that it asks for. */

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { offset } from '../core/numbers.ts';
import type { Offset } from '../core/numbers.ts';
import { LogError } from '../problems.ts';
import { entryLines, entryList, jsonType } from './dialects/dialect.ts';
import type { ListShape } from './dialects/dialect.ts';
import { encodeEntries, entryStream } from './entry-stream.ts';
import { dialectOf } from './http-node.ts';
import type { HttpNode } from './http-node.ts';
import { readChoice, readCount, readQuery } from './query.ts';

const readLevels = ['default', 'committed', 'linearizable'] as const;
type ReadLevel = (typeof readLevels)[number];

/** One past the last entry that a read of this level sees here. @throws LogError */
async function visibleEnd(node: HttpNode, level: ReadLevel): Promise<Offset> {
  const { driver, config } = node;
  if (level === 'committed') return driver.committedEnd;
  if (level === 'linearizable') return driver.linearizableEnd(config.writeTimeoutMs);
  return driver.visibleEnd;
}

/** `GET /messages` and `GET /` */
export async function readMessages(node: HttpNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const query = readQuery(request.query, ['from', 'limit', 'read', 'view']);
  const start = query.from === undefined ? 0 : readCount('from', query.from);
  const limit = query.limit === undefined ? Number.MAX_SAFE_INTEGER : readCount('limit', query.limit);
  const level = readChoice('read', query.read ?? 'default', readLevels);
  const view = readChoice('view', query.view ?? 'messages', ['messages', 'entries']);
  const shape = shapeFor(node, request, view);
  const end = await visibleEnd(node, level);
  const range = { start: offset(Math.min(start, end)), end: offset(Math.min(end, start + limit)) };
  void reply.header('content-type', shape.contentType);
  return reply.send(Readable.from(entryStream(node, range, shape)));
}

/** `GET /messages/:offset` */
export async function readEntry(
  node: HttpNode,
  request: FastifyRequest<{ Params: { offset: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const query = readQuery(request.query, ['read']);
  const at = readCount('offset', request.params.offset);
  const end = await visibleEnd(node, readChoice('read', query.read ?? 'default', readLevels));
  if (at >= end) throw new LogError('not-found', `there is no entry ${at}; the log ends at ${end}`, { end });
  const [batch] = await node.driver.readEntriesFrom(offset(at), 1);
  if (batch === undefined) throw new LogError('not-found', `entry ${at} was cut by a change of leader`, {});
  const shape = { ...entryList, separator: '' };
  void reply.header('content-type', jsonType);
  const [entry] = encodeEntries(batch, { start: offset(at), end: offset(at + 1) }, { shape, isFirst: true });
  return reply.send(entry);
}

function shapeFor(node: HttpNode, request: FastifyRequest, view: 'messages' | 'entries'): ListShape {
  const type = preferredType(request.headers.accept);
  if (type === 'ndjson') return entryLines;
  return view === 'entries' ? entryList : dialectOf(node, request).messages;
}

/** JSON, unless something else is named; what cannot be served is refused, unless JSON would do as well. */
function preferredType(accept: string | undefined): 'json' | 'ndjson' {
  if (accept === undefined) return 'json';
  const named = accept.split(',').map((part) => part.split(';')[0]?.trim().toLowerCase() ?? '');
  for (const type of named) {
    if (type === 'application/x-ndjson' || type === 'application/ndjson') return 'ndjson';
    if (type === 'application/json' || type === 'application/*' || type === '*/*' || type === '') return 'json';
  }
  throw new LogError('not-acceptable', `"${accept}" cannot be served; application/json and application/x-ndjson can`);
}
