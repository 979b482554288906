/** Routes that only the seeds know: `POST /add` of seed 001, and `POST /replicate` of seeds 003 and 004. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { LogError } from '../../problems.ts';
import { append, checkKey } from '../appending.ts';
import { checkMessageSizes, envelopeFields, nativeFields, parseJson, parseJsonAppend } from '../append-body.ts';
import { envelope } from '../dialects/envelope.ts';
import { dialectOf, isForwarded } from '../http-node.ts';
import type { HttpNode } from '../http-node.ts';
import { problemResponses } from '../openapi.ts';
import { readQuery } from '../query.ts';
import { Appended, EnvelopeAppendRequest, EnvelopeAppended, Registered, RegistrationRequest } from '../schemas.ts';
import { appendMessages, bodyBytes, mediaType } from './messages.ts';
import { registerNode } from './secondaries.ts';

export function compatibilityRoutes(app: FastifyInstance, node: HttpNode): void {
  app.post(
    '/add',
    {
      schema: {
        summary: 'Append one message (seed 001)',
        tags: ['compatibility'],
        body: EnvelopeAppendRequest,
        response: {
          200: { description: 'Held durably by at least `write_concern` nodes', ...EnvelopeAppended },
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
      },
    },
    async (request, reply) => {
      needJson(request);
      return appendMessages(node, { request, reply, fields: envelopeFields, dialect: envelope });
    },
  );
  app.post(
    '/replicate',
    {
      schema: {
        summary:
          'With a url: register a node (seed 003). With a message: append it at w=1, answered once this node holds it too (seed 004)',
        tags: ['compatibility'],
        body: Type.Union([RegistrationRequest, Type.Object({ message: Type.Unknown() }, { additionalProperties: false })]),
        response: {
          201: { description: 'Registered, or appended', ...Type.Union([Appended, Registered]) },
          200: { description: 'Appended, with API_DIALECT=envelope', ...EnvelopeAppended },
          202: { description: 'Registered, and not reached yet', ...Registered },
          ...problemResponses([
            'bad-request',
            'body-too-large',
            'concern-timeout',
            'epoch-ended',
            'forward-failed',
            'id-taken',
            'key-reused',
            'message-too-large',
            'no-leader',
            'no-quorum',
            'no-room',
            'not-leader',
            'other-cluster',
            'overloaded',
            'shutting-down',
            'stopped-while-waiting',
            'unsupported-media-type',
          ]),
        },
      },
    },
    async (request, reply) => {
      needJson(request);
      const value = parseJson(bodyBytes(request));
      const isRegistration = typeof value === 'object' && value !== null && Object.hasOwn(value, 'url');
      return isRegistration ? registerNode(node, request, reply) : replicateHere(node, request, reply);
    },
  );
}

/** An append through the leader at `w=1`, and then until this node holds it. It never writes around the leader. */
async function replicateHere(node: HttpNode, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { driver, config } = node;
  readQuery(request.query, []);
  const body = parseJsonAppend(bodyBytes(request), { message: nativeFields['message'] ?? 'message' });
  checkMessageSizes(body.messages, config.messageBytesMax);
  const timeoutMs = config.writeTimeoutMs;
  const deadline = performance.now() + timeoutMs;
  const result = await append(node, {
    messages: body.messages,
    w: 1,
    timeoutMs,
    key: checkKey(request.headers['idempotency-key']),
    isForwarded: isForwarded(request),
    onGone: () => undefined,
  });
  const isHeld = await driver.waitUntil(() => driver.durableEnd > result.offset, Math.max(0, deadline - performance.now()));
  if (!isHeld) {
    throw new LogError('concern-timeout', `stored at offset ${result.offset}, but not on this node in time`, {
      offset: result.offset,
      acks: result.acks,
      waitingFor: [config.serverId],
    });
  }
  const answer = dialectOf(node, request).appended({ ...result, w: 1, isMany: false });
  return reply.code(answer.status).header('location', `/messages/${result.offset}`).send(answer.body);
}

function needJson(request: FastifyRequest): void {
  if (mediaType(request) !== 'application/json') throw new LogError('unsupported-media-type', 'this route takes application/json');
}
