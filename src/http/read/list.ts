/** Reads the log as far as a request may see it: `GET /messages` as a list, and single entries. */

import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LogError } from '../../api/problems.ts';
import { offset } from '../../core/model/numbers.ts';
import { askingOf } from '../access/asking.ts';
import { dialectOf } from '../dialects/dialect-of.ts';
import { entryLines, entryList, loneEntry } from '../dialects/list-format.ts';
import type { ListShape } from '../dialects/list-format.ts';
import { readCount } from '../wire/query.ts';
import { begun } from './begun-list.ts';
import { entryStream } from './entry-stream.ts';
import { bytesOfEntry, ListWriter, pieceBytes } from './list-writer.ts';
import { logHeaders } from './log-mark.ts';
import { provePlace } from './place-proof.ts';
import { endAt, readEnd } from './read-level.ts';
import { entryQuery, listQuery } from './read-query.ts';
import type { ReadingNode } from './reading-node.ts';
import { needKept, startOf } from './trimmed.ts';

/** `GET /messages` and `GET /` as a list in this form. */
export async function listMessages(
  node: ReadingNode,
  form: 'json' | 'ndjson',
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { place, limit, level, view, waitMs, timeoutMs } = listQuery(request);
  const shape = shapeFor(node, request, { form, view });
  const over = overSignal(node, request, reply);
  let end = await readEnd(node, level, timeoutMs);
  await provePlace(node, place, level);
  const start = startOf(node, place);
  if (waitMs > 0 && limit > 0 && end <= start && request.method !== 'HEAD') {
    await node.liveTail.untilBeyond(start, level, { timeoutMs: waitMs, gone: over });
    throwIfRefused(over);
    await provePlace(node, place, level);
    end = endAt(node, level);
  }
  void reply.header('content-type', shape.contentType);
  if (request.method === 'HEAD') return reply.headers(logHeaders(node.driver)).send(Readable.from([]));
  const { pieces, headers } = await begun(node, place, (from) =>
    entryStream(node, { start: offset(Math.min(from, end)), end: offset(Math.min(end, from + limit)) }, shape),
  );
  void reply.headers(headers);
  throwIfRefused(over);
  const list = Readable.from(pieces);
  over.addEventListener('abort', () => {
    if (over.reason instanceof LogError) list.destroy(over.reason);
  });
  return reply.send(list);
}

/** Aborts when the client disconnects, or with the problem if it may not read any more. */
function overSignal({ access }: Pick<ReadingNode, 'access'>, request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const over = new AbortController();
  const release = access.hold(askingOf(request.raw), 'read', (why) => over.abort(why));
  reply.raw.once('close', () => {
    release();
    over.abort();
  });
  return over.signal;
}

/** @throws LogError */
function throwIfRefused({ reason }: AbortSignal): void {
  if (reason instanceof LogError) throw reason;
}

/** `GET /messages/:offset` */
export async function readEntry(
  node: ReadingNode,
  request: FastifyRequest<{ Params: { offset: string } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { level, timeoutMs } = entryQuery(request);
  const at = readCount('offset', request.params.offset);
  const end = await readEnd(node, level, timeoutMs);
  needKept(node, at);
  if (at >= end) throw new LogError('not-found', `no entry ${at}; the log ends at ${end}`, { end });
  const [batch] = await node.driver.readEntriesFrom(offset(at), 1);
  needKept(node, at);
  if (batch === undefined) throw new LogError('not-found', `entry ${at} was cut by a change of leader`, {});
  void reply.headers(logHeaders(node.driver)).header('content-type', loneEntry.contentType);
  const range = { start: offset(at), end: offset(at + 1) };
  // A large entry is sent in parts, so that a slow client keeps only one part in memory.
  const isPart = request.method !== 'HEAD' && bytesOfEntry(batch, at) > pieceBytes;
  if (isPart) return reply.send(Readable.from(entryStream(node, range, loneEntry)));
  const [entry] = new ListWriter(loneEntry, range.start).pieces([batch], { end: range.end, isWhole: true });
  return reply.send(entry?.bytes);
}

function shapeFor(
  node: ReadingNode,
  request: FastifyRequest,
  { form, view }: { readonly form: 'json' | 'ndjson'; readonly view: 'messages' | 'entries' },
): ListShape {
  if (form === 'ndjson') return entryLines;
  return view === 'entries' ? entryList : dialectOf(node, request).messages;
}
