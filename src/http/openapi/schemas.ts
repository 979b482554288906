/**
 * Schemas of requests and answers for the OpenAPI document, each tied to its type in `api`. They describe requests,
 * which other code parses. The schema of `GET /health` is beside the function that makes that document.
 */

import { Type } from 'typebox';
import type * as activity from '../../api/activity.ts';
import type * as entries from '../../api/entries.ts';
import { timeoutMsMax } from '../../api/entries.ts';
import type * as health from '../../api/health.ts';
import type * as leadership from '../../api/leadership.ts';
import type * as members from '../../api/members.ts';
import { problems } from '../../api/problems.ts';
import { healthSchema, roleSchema } from '../wire/health-json.ts';
import { memberSchema } from '../wire/member-json.ts';
import { schemaOf } from './schema-of.ts';

const WriteConcern = schemaOf<entries.WriteConcern>()(
  Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('majority'), Type.Literal('all')], {
    description: 'How many nodes, including the leader, must have flushed the message.',
  }),
);

const TimeoutMs = Type.Integer({
  minimum: 1,
  maximum: timeoutMsMax,
  description: 'How long to wait for the write concern, in milliseconds.',
});
const natural = Type.Integer({ minimum: 0 });
const AnyJson = Type.Unknown({ description: 'Any JSON value. Comes back as it was sent, without whitespace outside strings.' });

export const IfEpoch = Type.Integer({
  minimum: 1,
  description:
    'Append only if this epoch leads, else refuse with `wrong-epoch`. Needs a `w` of majority or more. A key that is known is answered as ever.',
});

export const AppendRequest = Type.Object(
  {
    message: Type.Optional(AnyJson),
    messages: Type.Optional(Type.Array(AnyJson, { minItems: 1, description: 'Appended as one batch: all or nothing.' })),
    keys: Type.Optional(
      Type.Array(Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()]), {
        minItems: 1,
        description:
          'With `messages`: the idempotency key of each, or null for none. Messages whose keys are known are not stored again; the others are stored as one batch, all or nothing.',
      }),
    ),
    w: Type.Optional(WriteConcern),
    write_concern: Type.Optional(WriteConcern),
    timeoutMs: Type.Optional(TimeoutMs),
    ifEpoch: Type.Optional(IfEpoch),
  },
  { additionalProperties: false, description: 'Either `message` or `messages`; `write_concern` is another name for `w`.' },
);

export const EnvelopeAppendRequest = Type.Object(
  { data: AnyJson, write_concern: Type.Optional(WriteConcern), w: Type.Optional(WriteConcern), timeoutMs: Type.Optional(TimeoutMs) },
  { additionalProperties: false },
);

const Offset = Type.Integer({ minimum: 0 });
const Epoch = Type.Integer({ minimum: 0 });
const Role = schemaOf<health.Role>()(roleSchema(Type));
const MaybeNumber = Type.Union([Type.Number(), Type.Null()]);
const MaybeText = Type.Union([Type.String(), Type.Null()]);

export const Appended = Type.Union([
  schemaOf<entries.AppendAnswer>()(
    Type.Object(
      {
        offset: Offset,
        count: Type.Optional(Type.Integer({ minimum: 1 })),
        offsets: Type.Optional(Type.Array(Offset, { description: 'With `keys`: the offset of each message.' })),
        epochs: Type.Optional(Type.Array(Epoch, { description: 'With `keys`: the epoch of each, if they are not all the same.' })),
        w: WriteConcern,
        acks: Type.Integer({ minimum: 1 }),
        epoch: Epoch,
      },
      { additionalProperties: false, description: 'API_DIALECT=native' },
    ),
  ),
  Type.Object(
    { status: Type.Literal('success'), message_id: Type.Integer({ minimum: 1 }), replicated_to: Type.Integer({ minimum: 0 }) },
    { additionalProperties: false, description: 'API_DIALECT=objects' },
  ),
]);

export const EnvelopeAppended = Type.Object(
  { status_code: Type.Literal(200), message: Type.String(), data: Type.Null() },
  { additionalProperties: false, description: 'API_DIALECT=envelope, and POST /add always' },
);

export const Entry = schemaOf<entries.Entry>()(
  Type.Object(
    { offset: Offset, epoch: Epoch, timestamp: Type.String({ format: 'date-time' }), message: AnyJson },
    { additionalProperties: false },
  ),
);

export const MessageList = Type.Union([
  schemaOf<entries.MessageListing>()(
    Type.Object(
      { messages: Type.Array(AnyJson) },
      {
        additionalProperties: false,
        description: 'API_DIALECT=native: values, or entries with ?view=entries. API_DIALECT=objects: objects with an id',
      },
    ),
  ),
  Type.Object(
    {
      status_code: Type.Literal(200),
      message: Type.String(),
      data: Type.Array(Type.Object({ text: AnyJson }, { additionalProperties: false })),
    },
    { additionalProperties: false, description: 'API_DIALECT=envelope' },
  ),
]);

const Member = schemaOf<health.Member>()(memberSchema(Type));

export const MemberListing = schemaOf<members.MemberListing>()(
  Type.Object({ secondaries: Type.Array(Member) }, { additionalProperties: false }),
);

export const NodeList = schemaOf<members.NodeList>()(
  Type.Object(
    {
      self: MaybeText,
      hasLab: Type.Boolean({ description: 'Nodes can be killed, cut off and so on here, as in `rlog dev`.' }),
      nodes: Type.Array(Type.Object({ id: Type.String(), url: Type.String() }, { additionalProperties: false })),
    },
    { additionalProperties: false },
  ),
);

export const Health = schemaOf<health.Health>()(healthSchema(Type));

const Lags = Type.Record(Type.String(), Type.Number(), { description: 'By follower; unknown ones are left out.' });

export const History = schemaOf<activity.History>()(
  Type.Object(
    {
      intervalMs: Type.Literal(1000),
      samples: Type.Array(
        Type.Object(
          {
            at: Type.Number({ description: 'End of the second, in ms since 1970.' }),
            appends: Type.Integer({ minimum: 0, description: 'Appends that this node, as the leader, acknowledged in that second.' }),
            entries: Type.Integer({ minimum: 0, description: 'Entries in those appends.' }),
            refused: Type.Integer({ minimum: 0, description: 'Appends that were answered with a problem.' }),
            p50Ms: MaybeNumber,
            p90Ms: MaybeNumber,
            p99Ms: MaybeNumber,
            lagEntries: Lags,
            lagMs: Lags,
            epoch: Epoch,
            role: Role,
            leader: Type.Union([Type.String(), Type.Null()], { description: 'The leader, as far as this node knew.' }),
            durableEnd: Type.Integer({ minimum: 0, description: 'One past the last entry that was flushed to this disk.' }),
            committedEnd: Type.Integer({ minimum: 0, description: 'One past the last entry that this node knew to be committed.' }),
          },
          { additionalProperties: false },
        ),
        { maxItems: 900 },
      ),
      events: Type.Array(
        Type.Object(
          {
            at: Type.Number({ description: 'In ms since 1970.' }),
            level: Type.Union([Type.Literal('info'), Type.Literal('warn'), Type.Literal('error')]),
            event: Type.String({ description: "Name of the event, as in the node's log: `epoch.began`, for example." }),
            facts: Type.Record(Type.String(), Type.Unknown()),
          },
          { additionalProperties: false },
        ),
        { description: 'The latest log events since the node started, oldest first.' },
      ),
    },
    { additionalProperties: false },
  ),
);

export const Ready = schemaOf<health.Ready>()(Type.Object({ status: Type.Literal('ready'), role: Role }, { additionalProperties: false }));

/** What is told without a token, where tokens are set. */
export const HealthStatus = Type.Object({ status: Health.properties.status }, { additionalProperties: false });
export const ReadyStatus = Type.Object({ status: Type.Literal('ready') }, { additionalProperties: false });
export const NotReady = Type.Object({ status: Type.Literal('not-ready') }, { additionalProperties: false });

export const RegistrationRequest = schemaOf<members.RegistrationRequest>()(
  Type.Object(
    { url: Type.String({ description: 'URL of the node, like http://host:5001' }), id: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
);

export const Registered = schemaOf<members.Registered>()(
  Type.Object(
    {
      url: Type.String(),
      id: MaybeText,
      state: Type.Union([Type.Literal('member'), Type.Literal('joining'), Type.Literal('unreached')]),
    },
    { additionalProperties: false },
  ),
);

export const Removed = schemaOf<members.Removed>()(
  Type.Object({ id: Type.String(), removed: Type.Literal(true) }, { additionalProperties: false }),
);
export const ClusterForced = schemaOf<members.ClusterForced>()(
  Type.Object({ cluster: Type.String(), kept: Type.String() }, { additionalProperties: false }),
);

export const LeaderDocument = schemaOf<leadership.LeaderDocument>()(
  Type.Object({ id: Type.String(), url: Type.String(), epoch: natural }, { additionalProperties: false }),
);

export const PromotionRequest = schemaOf<leadership.PromotionRequest>()(
  Type.Object(
    {
      id: Type.Optional(Type.String({ description: 'Name of the node to promote. Default: the node that gets the request.' })),
      timeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: timeoutMsMax, description: 'Default: 10 seconds.' })),
      force: Type.Optional(Type.Boolean({ description: 'Campaign without asking the leader, or whether the others would support it.' })),
    },
    { additionalProperties: false },
  ),
);

export const Promoted = schemaOf<leadership.Promoted>()(
  Type.Object({ leader: Type.String(), epoch: natural, ms: natural }, { additionalProperties: false }),
);

/** Not tied to its type: TypeBox cannot infer a union from a table. */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String(),
    code: Type.Union(Object.keys(problems).map((code) => Type.Literal(code))),
    outcome: Type.Union([Type.Literal('rejected'), Type.Literal('unknown')]),
    retryable: Type.Boolean(),
  },
  { additionalProperties: true, description: 'RFC 9457, with `code`, `outcome`, `retryable` and facts.' },
);

export const EnvelopeProblem = Type.Object(
  { status_code: Type.Integer(), message: Type.String(), data: Type.Null(), code: Type.String(), outcome: Type.String() },
  { additionalProperties: false, description: 'API_DIALECT=envelope' },
);
