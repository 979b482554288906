/** Routes that append and read: `/messages`, and `/` for seed 003. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { entryPath, messagesPath } from '../api/paths.ts';
import { LogError } from '../api/problems.ts';
import { askingOf } from './access/asking.ts';
import { append, checkKey, checkKeys } from './append/appending.ts';
import { jsonAppend, nativeFields, ndjsonAppend, textAppend } from './append/append-body.ts';
import { traceContextOf, traced, traceOf } from './append/trace-of.ts';
import { bodyBytes, mediaType } from './wire/body.ts';
import { asEpoch, asTimeout, asWriteConcern, checkSaidOnce, fromQuery } from './wire/values.ts';
import type { AppendTrace } from '../ports/append-traces.ts';
import type { AppendBody, BodyFields } from './append/append-body.ts';
import type { QuickAppendNode } from './append/quick-append.ts';
import { letGoOfBody } from './wire/body-reading.ts';
import type { Dialect } from './dialects/list-format.ts';
import { forwardedFrom } from './leader/forwarded.ts';
import { dialectOf } from './dialects/dialect-of.ts';
import { readQuery } from './wire/query.ts';
import type { NodeDirectory } from './nodes/node-directory.ts';
import type { Page } from './page/page.ts';
import { followMessages } from './read/follow.ts';
import { listMessages, readEntry } from './read/list.ts';
import type { ReadingNode } from './read/reading-node.ts';
import { asksForPage, messagesForm, variesBy } from './wire/representations.ts';
import { sendPage } from './page/routes.ts';

/** What appends, reads and the page need of their node. */
export interface MessagesNode extends QuickAppendNode, ReadingNode {
  readonly config: QuickAppendNode['config'];
  readonly driver: QuickAppendNode['driver'];
  readonly page: Page;
  /** The nodes that the page may reach through this one. */
  readonly directory: NodeDirectory;
}

export function messageRoutes(app: FastifyInstance, node: MessagesNode): void {
  for (const url of [messagesPath, '/']) {
    app.post(url, (request, reply) => appendMessages(node, { request, reply, fields: nativeFields, dialect: dialectOf(node, request) }));
    app.get(url, (request, reply) => {
      void reply.header('vary', variesBy);
      if (url !== '/' || !asksForPage(request.headers)) return readMessages(node, request, reply);
      const { page, directory } = node;
      const others = directory.list().filter(({ id }) => id !== directory.self);
      return sendPage({ page, others: others.map((other) => other.url) }, request, reply);
    });
  }
  app.get<{ Params: { offset: string } }>(`${messagesPath}/:offset`, (request, reply) => readEntry(node, request, reply));
}

/** Answers with a list, or opens an event stream. @throws LogError */
async function readMessages(node: ReadingNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const form = messagesForm(request.headers);
  if (form === 'events') return followMessages(node, request, reply);
  if (form !== undefined) return listMessages(node, form, request, reply);
  const accept = request.headers.accept ?? '';
  throw new LogError('not-acceptable', `"${accept}" cannot be served; application/json, application/x-ndjson and text/event-stream can`);
}

export interface AppendHandling {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly fields: BodyFields;
  readonly dialect: Dialect;
}

/** @throws LogError */
export async function appendMessages(node: QuickAppendNode, { request, reply, fields, dialect }: AppendHandling): Promise<FastifyReply> {
  const { config } = node;
  const trace = beginTrace(node, request, reply);
  return traced(trace, async () => {
    const body = await parseBody(node, request, fields).finally(() => letGoOfBody(request));
    // The client disconnected while its body was being parsed.
    if (reply.raw.destroyed) return reply.hijack();
    const w = body.w ?? config.defaultWriteConcern;
    const key = checkKey(request.raw.headersDistinct['idempotency-key']);
    checkKeys(key, body.keys);
    const result = await append(node, {
      messages: body.messages,
      w,
      timeoutMs: body.timeoutMs ?? config.writeTimeoutMs,
      ifEpoch: body.ifEpoch,
      key,
      keys: body.keys,
      forwarded: forwardedFrom(request.headers),
      caller: node.access.callerOf(askingOf(request.raw)),
      trace,
      onGone: (callback) => whenGone(reply, callback),
    });
    const answer = dialect.appended({ ...result, w, isMany: body.isMany });
    trace?.answered({ status: answer.status, offset: result.offset, acks: result.acks });
    return reply.code(answer.status).header('location', entryPath(result.offset)).send(answer.body);
  });
}

/** @returns `undefined` if nobody follows it */
export function beginTrace({ traces }: QuickAppendNode, request: FastifyRequest, reply: FastifyReply): AppendTrace | undefined {
  const trace = traceOf(traces, traceContextOf(request.raw));
  if (trace !== undefined) whenGone(reply, () => trace.left());
  return trace;
}

/** @throws LogError */
async function parseBody({ config, bodyWork }: QuickAppendNode, request: FastifyRequest, fields: BodyFields): Promise<AppendBody> {
  const { messageBytesMax } = config;
  const query = readQuery(request.query, ['w', 'timeoutMs', 'ifEpoch']);
  const bytes = bodyBytes(request);
  const type = mediaType(request);
  const inBody =
    type === 'application/json'
      ? await bodyWork.run(jsonAppend(bytes, { fields, messageBytesMax }), bytes.length)
      : {
          w: undefined,
          timeoutMs: undefined,
          ifEpoch: undefined,
          ...(type === 'text/plain'
            ? textAppend(bytes, messageBytesMax)
            : await bodyWork.run(ndjsonAppend(bytes, messageBytesMax), bytes.length)),
        };
  checkSaidOnce(inBody, query);
  const w = query.w === undefined ? inBody.w : asWriteConcern(fromQuery(query.w));
  const timeoutMs = query.timeoutMs === undefined ? inBody.timeoutMs : asTimeout(fromQuery(query.timeoutMs));
  const ifEpoch = query.ifEpoch === undefined ? inBody.ifEpoch : asEpoch(fromQuery(query.ifEpoch));
  return { ...inBody, w, timeoutMs, ifEpoch };
}

/** Calls back if the client disconnects before its answer is sent. */
export function whenGone(reply: FastifyReply, callback: () => void): void {
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) callback();
  });
}
