/**
 * What each route takes and answers, for the OpenAPI document. Declared beside the routes and not by them: a test
 * compares the two, both ways, and every answer of the acceptance tests is held to it.
 */

import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import type { ProblemCode } from '../../api/problems.ts';
import { dialectHeader } from '../../api/headers.ts';
import { idPattern } from '../../api/event-id.ts';
import { nodesOperations } from './nodes-operations.ts';
import { json, problemsOf } from './responses.ts';
import * as schemas from './schemas.ts';

const { AppendRequest, Appended, ClusterForced, Entry, EnvelopeAppendRequest, EnvelopeAppended, Health, History } = schemas;
const { LeaderDocument, Promoted, PromotionRequest } = schemas;
const { MemberListing, MessageList, Ready, Registered, RegistrationRequest, Removed } = schemas;

/** `POST /messages` and so on, as the routes are named in Fastify. */
export type OperationName = `${'GET' | 'POST' | 'DELETE'} /${string}`;

const appendCodes: readonly ProblemCode[] = [
  'body-too-large',
  'concern-timeout',
  'disk-slow',
  'epoch-ended',
  'forward-failed',
  'key-reused',
  'message-too-large',
  'no-leader',
  'no-quorum',
  'no-room',
  'not-leader',
  'overloaded',
  'shutting-down',
  'stopped-while-waiting',
  'too-many-messages',
  'unsupported-media-type',
];
const readCodes: readonly ProblemCode[] = ['no-leader', 'read-timeout', 'shutting-down'];
const registrationCodes: readonly ProblemCode[] = [
  'address-taken',
  'body-too-large',
  'forward-failed',
  'id-taken',
  'no-leader',
  'not-leader',
  'other-cluster',
  'shutting-down',
  'unsupported-media-type',
];

const timeoutMs = Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 }));
const confirmedWithin = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: 600_000,
    description: 'How long a linearizable read may take to be confirmed: WRITE_TIMEOUT_MS without it.',
  }),
);

const read = Type.Optional(
  Type.Union([Type.Literal('default'), Type.Literal('committed'), Type.Literal('linearizable')], {
    description:
      'default: what is acknowledged (the leader) or held (others); committed: never anything that vanishes; linearizable: all that was committed before the request.',
  }),
);

const dialectHeaders = {
  [dialectHeader]: Type.Optional(
    Type.Union([Type.Literal('native'), Type.Literal('envelope'), Type.Literal('objects')], {
      description: "Shape of this one answer, whatever the node's API_DIALECT is.",
    }),
  ),
};

const append: FastifySchema = {
  summary: 'Append one message, or several as one batch',
  tags: ['log'],
  consumes: ['application/json', 'application/x-ndjson', 'text/plain'],
  body: AppendRequest,
  querystring: Type.Object({
    w: Type.Optional(Type.String({ description: 'For NDJSON and plain text, which have no other place for it.' })),
    timeoutMs,
  }),
  headers: Type.Object({
    ...dialectHeaders,
    'idempotency-key': Type.Optional(
      Type.String({ minLength: 1, maxLength: 255, description: 'Makes a retry harmless: the same key again is not stored again.' }),
    ),
  }),
  response: {
    201: json('Held durably by at least `w` nodes', Appended),
    200: json('The same, with API_DIALECT=envelope', EnvelopeAppended),
    ...problemsOf(appendCodes),
  },
};

const listed = {
  'application/json': { schema: MessageList },
  'application/x-ndjson': { schema: Entry },
  'text/event-stream': { schema: Type.String() },
};

const readMessages: FastifySchema = {
  summary: 'Read messages in order, streamed',
  description:
    'With `Accept: application/x-ndjson` one entry per line. With `Accept: text/event-stream` the log from there on and then whatever comes, one entry per event, at `committed` unless `read` says otherwise; the id of an event is its offset at `committed` and `epoch:offset` at the other levels, with the mark of the log (the first eight digits of `Rlog-Cluster`) behind an `@`. The header `Rlog-Cluster` says which log it is: a node whose log was thrown away and begun anew has another one. A stream that this node ends has a last event `end` with a problem document; comments come while there is nothing to say, at most as far apart as the header `Rlog-Heartbeat-Ms` says. What a stream is refused for and will pass (`retryable`) comes as `200` with `retry` and that last event: an `EventSource` that is answered with anything else never asks again.',
  tags: ['log'],
  querystring: Type.Object({
    from: Type.Optional(Type.Integer({ minimum: 0, description: 'Offset of the first entry; beyond the end the list is empty.' })),
    limit: Type.Optional(Type.Integer({ minimum: 0 })),
    lastEventId: Type.Optional(
      Type.String({ description: 'The same as the header `Last-Event-ID`, which wins: for who cannot send one.' }),
    ),
    read,
    timeoutMs: confirmedWithin,
    view: Type.Optional(Type.Union([Type.Literal('messages'), Type.Literal('entries')])),
    wait: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 600,
        description: 'Seconds to wait for an entry if there is none yet; for lists, not for streams.',
      }),
    ),
  }),
  headers: Type.Object({
    ...dialectHeaders,
    'last-event-id': Type.Optional(
      Type.String({
        pattern: idPattern,
        description:
          'Go on behind this entry, as its event called it: an offset or `epoch:offset`, with the mark of its log behind an `@`, held against the log. Wins over `from`.',
      }),
    ),
  }),
  response: {
    200: {
      description: 'In the order of the log',
      content: listed,
    },
    ...problemsOf([...readCodes, 'history-changed', 'listener-too-slow', 'not-acceptable', 'too-many-listeners']),
  },
};

const pageOrMessages: FastifySchema = {
  ...readMessages,
  summary: 'The web page, where `Accept` begins with `text/html`; else as `GET /messages`',
  response: {
    ...(readMessages.response as Record<number, { readonly content: object }>),
    200: { description: 'The page, or messages in the order of the log', content: { ...listed, 'text/html': { schema: Type.String() } } },
  },
};

const asset: FastifySchema = {
  summary: 'A file of the web page',
  tags: ['operation'],
  params: Type.Object({ name: Type.String() }),
  response: {
    200: {
      description: 'As it was built; it never changes under its name',
      content: Object.fromEntries(
        ['text/javascript', 'text/css', 'image/svg+xml', 'image/png'].map((type) => [type, { schema: Type.String() }]),
      ),
    },
    ...problemsOf(['not-found']),
  },
};

const register: FastifySchema = {
  summary: 'Register a node by its URL',
  description: 'The leader reaches it there, feeds it, and makes it a member once it has caught up.',
  tags: ['members'],
  body: RegistrationRequest,
  response: {
    201: json('Reached', Registered),
    202: json('Heard of, and not reached yet; it is tried on', Registered),
    ...problemsOf(registrationCodes),
  },
};

const readOne: FastifySchema = {
  summary: 'Read one entry',
  tags: ['log'],
  params: Type.Object({ offset: Type.Integer({ minimum: 0 }) }),
  querystring: Type.Object({ read, timeoutMs: confirmedWithin }),
  response: { 200: json('The entry', Entry), ...problemsOf([...readCodes, 'not-found']) },
};

const health: FastifySchema = {
  summary: 'Role, ends, members; always 200 while the process serves',
  tags: ['operation'],
  response: { 200: json('As this node knows it', Health), ...problemsOf([]) },
};

const ready: FastifySchema = {
  summary: 'Whether appends would be taken now',
  description:
    'With `role=leader` whether this node leads, and the first batch of its epoch is committed: for who sends to the leader only.',
  tags: ['operation'],
  querystring: Type.Object({ role: Type.Optional(Type.Literal('leader')) }),
  response: {
    200: json('They would', Ready),
    ...problemsOf(['bad-request', 'no-leader', 'no-quorum', 'no-room', 'not-leader', 'shutting-down'], { 'no-room': 503 }),
  },
};

export const operations: Readonly<Record<OperationName, FastifySchema>> = {
  'POST /messages': append,
  'POST /': append,
  'GET /messages': readMessages,
  'GET /': pageOrMessages,
  'GET /assets/:name': asset,
  'GET /messages/:offset': readOne,
  'GET /health': health,
  'GET /ready': ready,
  'GET /activity': {
    summary: 'What the node does now, as an event stream',
    description:
      'Events `frame` (at most ten a second, at least one): `at`, `moments` of entries since the frame before (`placed`, `held`, `committed`, `answered`; thinned if there are many), and `health`, as of `GET /health`, if it is not as it was. Events `sample`, one a second: an element of `GET /history`. A stream that this node ends has a last event `end` with a problem document.',
    tags: ['operation'],
    response: {
      200: { description: 'Until either side ends it', content: { 'text/event-stream': { schema: Type.String() } } },
      ...problemsOf(['listener-too-slow', 'shutting-down', 'too-many-listeners']),
    },
  },
  'GET /history': {
    summary: 'Appends, their latency and the lag of followers, by the second, of the last 15 minutes',
    tags: ['operation'],
    response: { 200: json('Oldest first', History), ...problemsOf([]) },
  },
  'GET /metrics': {
    summary: 'Metrics for Prometheus',
    tags: ['operation'],
    response: { 200: { description: 'Prometheus text format', content: { 'text/plain': { schema: Type.String() } } }, ...problemsOf([]) },
  },
  'GET /openapi.json': {
    summary: 'This document',
    tags: ['operation'],
    response: { 200: json('OpenAPI 3.1', Type.Object({}, { additionalProperties: true })), ...problemsOf([]) },
  },
  ...nodesOperations({ health, ready, read: readMessages, readOne, append }),
  'GET /leader': {
    summary: 'Whom this node knows to lead',
    tags: ['members'],
    response: { 200: json('It leads this epoch', LeaderDocument), ...problemsOf(['no-leader']) },
  },
  'POST /promote': {
    summary: 'Have a node lead: the leader hands over to it',
    description:
      'Any node takes it, and passes it on to the node `id`; without an `id` it is the node that is asked. Answered once that node leads and the first batch of its epoch is committed, at once if it does already. No append fails by it. Where no leader is heard of, the node seeks to lead. With `force` it does so without asking the leader, or whether the others would have it.',
    tags: ['members'],
    body: PromotionRequest,
    response: {
      200: json('It leads', Promoted),
      ...problemsOf(['forward-failed', 'node-unreachable', 'not-found', 'promotion-refused', 'promotion-timeout', 'shutting-down']),
    },
  },
  'POST /secondaries': register,
  'POST /register': register,
  'GET /secondaries': {
    summary: 'The members other than the leader, and nodes that are joining',
    tags: ['members'],
    response: { 200: json('In the order of the list in force', MemberListing), ...problemsOf([]) },
  },
  'DELETE /secondaries/:id': {
    summary: 'Take a member out',
    description:
      'It stays out until it is registered by hand. With `force=true`, on the node to keep, and without a majority only: a new cluster from the log of that node alone.',
    tags: ['members'],
    params: Type.Object({ id: Type.String() }),
    querystring: Type.Object({ force: Type.Optional(Type.Boolean()), timeoutMs }),
    response: {
      200: json('A majority of those that are left confirmed it', Type.Union([Removed, ClusterForced])),
      ...problemsOf([
        'forward-failed',
        'leader-fixed',
        'no-leader',
        'no-quorum',
        'not-found',
        'not-leader',
        'quorum-present',
        'removal-timeout',
        'shutting-down',
      ]),
    },
  },
  'POST /add': {
    summary: 'Append one message (seed 001)',
    tags: ['compatibility'],
    body: EnvelopeAppendRequest,
    response: { 200: json('Held durably by at least `write_concern` nodes', EnvelopeAppended), ...problemsOf(appendCodes) },
  },
  'POST /replicate': {
    summary: 'With a url: register a node (seed 003). With a message: append it at w=1, answered once this node holds it too (seed 004)',
    tags: ['compatibility'],
    body: Type.Union([RegistrationRequest, Type.Object({ message: Type.Unknown() }, { additionalProperties: false })]),
    headers: Type.Object(dialectHeaders),
    response: {
      201: json('Registered, or appended', Type.Union([Appended, Registered])),
      200: json('Appended, with API_DIALECT=envelope', EnvelopeAppended),
      202: json('Registered, and not reached yet', Registered),
      ...problemsOf([...appendCodes, ...registrationCodes.filter((code) => !appendCodes.includes(code))]),
    },
  },
  'GET /replicate': {
    summary: 'The replication stream between nodes: HTTP Upgrade to rlog/2',
    tags: ['operation'],
    response: { 101: { description: 'Switching to the stream' }, ...problemsOf(['unknown-protocol', 'other-cluster', 'shutting-down']) },
  },
};
