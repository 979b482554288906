/**
 * What each route takes and answers, for the OpenAPI document. It is declared apart from the routes: a test compares
 * the two, both ways, and the acceptance tests check every answer against it.
 */

import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import type { ProblemCode } from '../../api/problems.ts';
import { dialectHeader } from '../../api/headers.ts';
import { timeoutMsMax } from '../../api/entries.ts';
import { idPattern } from '../../api/event-id.ts';
import { backupOperations } from './backup-operations.ts';
import { nodesOperations } from './nodes-operations.ts';
import { json, problemContent, problemsOf } from './responses.ts';
import { readRetention, retentionOperations } from './retention-operations.ts';
import * as schemas from './schemas.ts';

const { AppendRequest, Appended, ClusterForced, Entry, EnvelopeAppendRequest, EnvelopeAppended, Health, History } = schemas;
const { LeaderDocument, Promoted, PromotionRequest } = schemas;
const { EnvelopeProblem, HealthStatus, NotReady, ReadyStatus } = schemas;
const { MemberListing, MessageList, Ready, Registered, RegistrationRequest, Removed } = schemas;

/** Like `POST /messages`; the path is written as in Fastify. */
export type OperationName = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;

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
  'upgrade-pending',
  'wrong-epoch',
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
  'overloaded',
  'shutting-down',
  'unsupported-media-type',
];

const timeoutMs = Type.Optional(Type.Integer({ minimum: 1, maximum: timeoutMsMax }));
const confirmedWithin = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: timeoutMsMax,
    description: 'How long a linearizable read may wait to be confirmed. Default: WRITE_TIMEOUT_MS.',
  }),
);

const read = Type.Optional(
  Type.Union([Type.Literal('default'), Type.Literal('committed'), Type.Literal('linearizable')], {
    description:
      'default: what is acknowledged (on the leader) or on disk (on a follower); committed: only what can never disappear; linearizable: everything that was committed before the request.',
  }),
);

const dialectHeaders = {
  [dialectHeader]: Type.Optional(
    Type.Union([Type.Literal('native'), Type.Literal('envelope'), Type.Literal('objects')], {
      description: "Dialect of this one answer, whatever the node's API_DIALECT is.",
    }),
  ),
};

const append: FastifySchema = {
  summary: 'Append one message, or several as one batch',
  tags: ['log'],
  consumes: ['application/json', 'application/x-ndjson', 'text/plain'],
  body: AppendRequest,
  querystring: Type.Object({
    w: Type.Optional(Type.String({ description: 'For NDJSON and plain text, whose bodies have no place for it.' })),
    timeoutMs,
    ifEpoch: Type.Optional(schemas.IfEpoch),
  }),
  headers: Type.Object({
    ...dialectHeaders,
    'idempotency-key': Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description: 'Makes a retry harmless: an append with the same key is not stored again.',
      }),
    ),
  }),
  response: {
    201: json('Flushed on at least `w` nodes', Appended),
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
    'With `Accept: application/x-ndjson`, one entry per line. With `Accept: text/event-stream`, the log from that place on, and then new entries as they come, one per event, at `committed` unless `read` says otherwise. The id of an event is the offset at `committed` and `epoch:offset` at the other levels, followed by `@` and the mark of the log (the first eight digits of `Rlog-Cluster`). The header `Rlog-Cluster` identifies the log: a log that was begun anew has another one. `Rlog-First-Offset` is the first entry that is kept, where a read without `from` begins. If entries are trimmed that a stream has not sent yet, it ends with `trimmed`. When this node ends a stream, the last event is `end`, with a problem document. While there are no entries, comments are sent, at most `Rlog-Heartbeat-Ms` apart. If a stream is refused for a condition that passes (`retryable`), the answer is `200` with `retry` and that last event, because any other status would close an `EventSource` for good.',
  tags: ['log'],
  querystring: Type.Object({
    from: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'Offset of the first entry; beyond the end the list is empty. Default: the first that is kept.',
      }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 0 })),
    lastEventId: Type.Optional(
      Type.String({ description: 'The same as the header `Last-Event-ID`, for clients that cannot send one; the header wins.' }),
    ),
    read,
    timeoutMs: confirmedWithin,
    view: Type.Optional(Type.Union([Type.Literal('messages'), Type.Literal('entries')])),
    wait: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 600,
        description: 'Seconds to wait for an entry if there is none yet. For lists, not for streams.',
      }),
    ),
  }),
  headers: Type.Object({
    ...dialectHeaders,
    'last-event-id': Type.Optional(
      Type.String({
        pattern: idPattern,
        description:
          'Continue after this entry, given by the id of its event: an offset or `epoch:offset`, optionally followed by `@` and the mark of its log. It is checked against the log, and wins over `from`.',
      }),
    ),
  }),
  response: {
    200: {
      description: 'In the order of the log',
      content: listed,
    },
    ...problemsOf([...readCodes, 'history-changed', 'listener-too-slow', 'not-acceptable', 'too-many-listeners', 'trimmed']),
  },
};

const pageOrMessages: FastifySchema = {
  ...readMessages,
  summary: 'The web page, if `Accept` prefers `text/html`; otherwise the same as `GET /messages`',
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
      description: 'The file; under the same name it never changes',
      content: Object.fromEntries(
        ['text/javascript', 'text/css', 'image/svg+xml', 'image/png'].map((type) => [type, { schema: Type.String() }]),
      ),
    },
    ...problemsOf(['not-found']),
  },
};

const register: FastifySchema = {
  summary: 'Register a node by its URL',
  description: 'The leader connects to it there, sends it the log, and makes it a member once it has caught up.',
  tags: ['members'],
  body: RegistrationRequest,
  response: {
    201: json('Reached', Registered),
    202: json('Not reached yet; the leader keeps trying', Registered),
    ...problemsOf(registrationCodes),
  },
};

const readOne: FastifySchema = {
  summary: 'Read one entry',
  tags: ['log'],
  params: Type.Object({ offset: Type.Integer({ minimum: 0 }) }),
  querystring: Type.Object({ read, timeoutMs: confirmedWithin }),
  response: { 200: json('The entry', Entry), ...problemsOf([...readCodes, 'not-found', 'trimmed']) },
};

const health: FastifySchema = {
  summary: 'Role, ends and members; always 200 while the process serves',
  tags: ['operation'],
  response: {
    200: json('As far as this node knows; where tokens are set, the status alone without one', Type.Union([Health, HealthStatus])),
    ...problemsOf([]),
  },
};

const notReady = problemsOf(['bad-request', 'no-leader', 'no-quorum', 'no-room', 'not-leader', 'shutting-down'], { 'no-room': 503 });

const ready: FastifySchema = {
  summary: 'Whether this node would take appends now',
  description:
    'With `role=leader`: also whether this node leads and the first batch of its epoch is committed, for load balancers that send to the leader only.',
  tags: ['operation'],
  querystring: Type.Object({ role: Type.Optional(Type.Literal('leader')) }),
  response: {
    200: json('It would; where tokens are set, the status alone without one', Type.Union([Ready, ReadyStatus])),
    ...notReady,
    503: { ...notReady[503], content: { ...problemContent, 'application/json': { schema: Type.Union([EnvelopeProblem, NotReady]) } } },
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
    summary: 'What the node is doing, as an event stream',
    description:
      'Events `frame` (one to ten a second): `at`, `moments` of entries since the last frame (`placed`, `held`, `committed`, `answered`; thinned out if there are many), `events` (log events, as in `GET /history`) if there are new ones, and `health`, as in `GET /health`, if it has changed. Events `sample`, one a second: an element of `GET /history`. When this node ends the stream, the last event is `end`, with a problem document.',
    tags: ['operation'],
    response: {
      200: { description: 'Events, until either side closes the connection', content: { 'text/event-stream': { schema: Type.String() } } },
      ...problemsOf(['listener-too-slow', 'shutting-down', 'too-many-listeners']),
    },
  },
  'GET /history': {
    summary: 'Appends, their latency and the lag of followers in each second of the last 15 minutes, and the latest log events',
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
  ...retentionOperations,
  ...backupOperations,
  ...nodesOperations({ health, ready, readRetention, read: readMessages, readOne, append }),
  'GET /leader': {
    summary: 'The leader, as far as this node knows',
    tags: ['members'],
    response: { 200: json('The leader and its epoch', LeaderDocument), ...problemsOf(['no-leader']) },
  },
  'POST /promote': {
    summary: 'Make a node the leader: the present leader hands over to it',
    description:
      'Any node takes this request and proxies it to the node `id`; without an `id` it promotes itself. Answered once that node leads and the first batch of its epoch is committed; at once if that is so already. No append fails because of it. If there is no leader, the node campaigns. With `force` it campaigns without asking the leader, or whether the others would support it.',
    tags: ['members'],
    body: PromotionRequest,
    response: {
      200: json('The node leads', Promoted),
      ...problemsOf([
        'forward-failed',
        'node-unreachable',
        'not-found',
        'promotion-refused',
        'promotion-timeout',
        'shutting-down',
        'unsupported-media-type',
      ]),
    },
  },
  'POST /secondaries': register,
  'POST /register': register,
  'GET /secondaries': {
    summary: 'The members other than the leader, and nodes that are joining',
    tags: ['members'],
    response: { 200: json('In the order of the member list in force', MemberListing), ...problemsOf([]) },
  },
  'DELETE /secondaries/:id': {
    summary: 'Remove a member',
    description:
      'It stays out until it is registered by hand. With `force=true`, which is for the node to keep and only without a majority: that node begins a new cluster from its own log alone.',
    tags: ['members'],
    params: Type.Object({ id: Type.String() }),
    querystring: Type.Object({ force: Type.Optional(Type.Boolean()), timeoutMs }),
    response: {
      200: json('A majority of the remaining members confirmed it', Type.Union([Removed, ClusterForced])),
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
    response: { 200: json('Flushed on at least `write_concern` nodes', EnvelopeAppended), ...problemsOf(appendCodes) },
  },
  'POST /replicate': {
    summary: 'With a url: register a node (seed 003). With a message: append it with w=1, answered once this node has it too (seed 004)',
    tags: ['compatibility'],
    body: Type.Union([RegistrationRequest, Type.Object({ message: Type.Unknown() }, { additionalProperties: false })]),
    headers: Type.Object(dialectHeaders),
    response: {
      201: json('Registered or appended', Type.Union([Appended, Registered])),
      200: json('Appended, with API_DIALECT=envelope', EnvelopeAppended),
      202: json('Registered, but not reached yet', Registered),
      ...problemsOf([...appendCodes, ...registrationCodes.filter((code) => !appendCodes.includes(code))]),
    },
  },
  'GET /replicate': {
    summary: 'The replication stream between nodes: HTTP Upgrade to rlog/2',
    tags: ['operation'],
    response: { 101: { description: 'Switching to the stream' }, ...problemsOf(['unknown-protocol', 'other-cluster', 'shutting-down']) },
  },
};
