/** Append and read: `/messages`, and `/` where seed 003 has it. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { LogError } from '../../problems.ts';
import { append, checkKey } from '../appending.ts';
import {
  asTimeout,
  asW,
  checkMessageSizes,
  fromQuery,
  nativeFields,
  parseJsonAppend,
  parseNdjsonAppend,
  parseTextAppend,
} from '../append-body.ts';
import type { AppendBody, BodyFields } from '../append-body.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { dialectOf, isForwarded } from '../http-node.ts';
import type { HttpNode } from '../http-node.ts';
import { problemResponses } from '../openapi.ts';
import { readQuery } from '../query.ts';
import { readEntry, readMessages } from '../reading.ts';
import { AppendRequest, Appended, Entry, EnvelopeAppended, MessageList } from '../schemas.ts';

const readQuerySchema = Type.Object({
  from: Type.Optional(Type.Integer({ minimum: 0, description: 'Offset of the first entry; beyond the end the list is empty.' })),
  limit: Type.Optional(Type.Integer({ minimum: 0 })),
  read: Type.Optional(
    Type.Union([Type.Literal('default'), Type.Literal('committed'), Type.Literal('linearizable')], {
      description:
        'default: what is acknowledged (the leader) or held (others); committed: never anything that vanishes; linearizable: all that was committed before the request.',
    }),
  ),
  view: Type.Optional(Type.Union([Type.Literal('messages'), Type.Literal('entries')])),
});

const appendQuerySchema = Type.Object({
  w: Type.Optional(Type.String({ description: 'For NDJSON and plain text, which have no other place for it.' })),
  timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 })),
});

const appendHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'Makes a retry harmless: the same key again is not stored again.' }),
  ),
});

export function messageRoutes(app: FastifyInstance, node: HttpNode): void {
  const appendSchema = {
    summary: 'Append one message, or several as one batch',
    tags: ['log'],
    consumes: ['application/json', 'application/x-ndjson', 'text/plain'],
    body: AppendRequest,
    querystring: appendQuerySchema,
    headers: appendHeaders,
    response: {
      201: { description: 'Held durably by at least `w` nodes', ...Appended },
      200: { description: 'The same, with API_DIALECT=envelope', ...EnvelopeAppended },
      ...problemResponses([
        'bad-request',
        'body-too-large',
        'concern-timeout',
        'epoch-ended',
        'forward-failed',
        'key-reused',
        'message-too-large',
        'no-leader',
        'no-quorum',
        'no-room',
        'overloaded',
        'shutting-down',
        'stopped-while-waiting',
        'unsupported-media-type',
      ]),
    },
  };
  const readSchema = {
    summary: 'Read messages in order, streamed',
    description: 'With `Accept: application/x-ndjson` one entry per line.',
    tags: ['log'],
    querystring: readQuerySchema,
    produces: ['application/json', 'application/x-ndjson'],
    response: {
      200: { description: 'In the order of the log', ...MessageList },
      ...problemResponses(['bad-request', 'not-acceptable', 'no-leader', 'read-timeout']),
    },
  };
  for (const url of ['/messages', '/']) {
    app.post(url, { schema: appendSchema }, (request, reply) =>
      appendMessages(node, { request, reply, fields: nativeFields, dialect: dialectOf(node, request) }),
    );
    app.get(url, { schema: readSchema }, (request, reply) => readMessages(node, request, reply));
  }
  app.get<{ Params: { offset: string } }>(
    '/messages/:offset',
    {
      schema: {
        summary: 'Read one entry',
        tags: ['log'],
        params: Type.Object({ offset: Type.Integer({ minimum: 0 }) }),
        querystring: Type.Pick(readQuerySchema, ['read']),
        response: {
          200: { description: 'The entry', ...Entry },
          ...problemResponses(['bad-request', 'not-found', 'no-leader', 'read-timeout']),
        },
      },
    },
    (request, reply) => readEntry(node, request, reply),
  );
}

export interface AppendHandling {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly fields: BodyFields;
  readonly dialect: Dialect;
}

/** @throws LogError */
export async function appendMessages(node: HttpNode, { request, reply, fields, dialect }: AppendHandling): Promise<FastifyReply> {
  const { config } = node;
  const body = parseBody(request, fields);
  checkMessageSizes(body.messages, config.messageBytesMax);
  const w = body.w ?? config.defaultWriteConcern;
  const result = await append(node, {
    messages: body.messages,
    w,
    timeoutMs: body.timeoutMs ?? config.writeTimeoutMs,
    key: checkKey(request.headers['idempotency-key']),
    isForwarded: isForwarded(request),
    onGone: (callback) => whenGone(reply, callback),
  });
  const answer = dialect.appended({ ...result, w, isMany: body.isMany });
  return reply.code(answer.status).header('location', `/messages/${result.offset}`).send(answer.body);
}

/** @throws LogError */
function parseBody(request: FastifyRequest, fields: BodyFields): AppendBody {
  const query = readQuery(request.query, ['w', 'timeoutMs']);
  const bytes = bodyBytes(request);
  const type = mediaType(request);
  const inBody =
    type === 'application/json'
      ? parseJsonAppend(bytes, fields)
      : { w: undefined, timeoutMs: undefined, ...(type === 'text/plain' ? parseTextAppend(bytes) : parseNdjsonAppend(bytes)) };
  if ((inBody.w !== undefined && query.w !== undefined) || (inBody.timeoutMs !== undefined && query.timeoutMs !== undefined)) {
    throw new LogError('bad-request', 'say "w" and "timeoutMs" in the body or in the query, not in both');
  }
  const w = query.w === undefined ? inBody.w : asW(fromQuery(query.w));
  const timeoutMs = query.timeoutMs === undefined ? inBody.timeoutMs : asTimeout(fromQuery(query.timeoutMs));
  return { ...inBody, w, timeoutMs };
}

/** @throws LogError */
export function bodyBytes(request: FastifyRequest): Buffer {
  if (!Buffer.isBuffer(request.body)) throw new LogError('bad-request', 'the request has no body');
  return request.body;
}

/** Without parameters; in UTF-8 only. @throws LogError */
export function mediaType(request: FastifyRequest): string {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';');
  for (const parameter of parameters) {
    const [name, value = ''] = parameter.trim().split('=');
    if (name === 'charset' && !['utf-8', 'utf8', '"utf-8"', 'us-ascii'].includes(value)) {
      throw new LogError('unsupported-media-type', `everything is UTF-8 here, not ${value}`);
    }
  }
  return type.trim();
}

function whenGone(reply: FastifyReply, callback: () => void): void {
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) callback();
  });
}
