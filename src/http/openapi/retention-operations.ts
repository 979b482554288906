/** Operations on what the log keeps, for the OpenAPI document. */

import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { timeoutMsMax } from '../../api/entries.ts';
import type { ProblemCode } from '../../api/problems.ts';
import type * as retention from '../../api/retention.ts';
import { json, problemsOf } from './responses.ts';
import { schemaOf } from './schema-of.ts';
import { limitSchema, limitSchemas, retentionSchema, windowText } from '../wire/retention-json.ts';

const decisionCodes: readonly ProblemCode[] = [
  'forward-failed',
  'no-leader',
  'not-leader',
  'overloaded',
  'shutting-down',
  'upgrade-pending',
];

const timeoutMs = Type.Optional(
  Type.Integer({ minimum: 1, maximum: timeoutMsMax, description: 'How long to wait until a majority has it. Default: 30 seconds.' }),
);

const Trimmed = schemaOf<retention.Trimmed>()(
  Type.Object({ firstOffset: Type.Integer({ minimum: 0, description: 'The first entry that is kept.' }) }, { additionalProperties: false }),
);

const Retention = schemaOf<retention.Retention>()(retentionSchema(Type));
const limits = limitSchemas(Type);

const RetentionRequest = schemaOf<retention.RetentionRequest>()(
  Type.Object(
    {
      maxAgeMs: Type.Optional(limits.maxAgeMs),
      maxBytes: Type.Optional(limits.maxBytes),
      maxEntries: Type.Optional(limits.maxEntries),
      idempotencyWindowMs: Type.Optional(limitSchema(Type, `${windowText} null: a day.`)),
    },
    { additionalProperties: false, description: 'Replaces what was set: a field that is left out gets its default, like null.' },
  ),
);

/** `GET /retention`, which a page also asks of other nodes. */
export const readRetention: FastifySchema = {
  summary: 'What the cluster keeps, as far as this node knows',
  tags: ['log'],
  response: { 200: json('With the defaults in the place of what is not set', Retention), ...problemsOf([]) },
};

export const retentionOperations = {
  'DELETE /messages': {
    summary: 'Let all entries before an offset go',
    description:
      'They cannot be read any more as soon as a node knows of it, and their bytes go with the files that they are in. At or below the first offset nothing changes. Repeating it is harmless.',
    tags: ['log'],
    querystring: Type.Object({
      before: Type.Integer({ minimum: 0, description: 'The first entry that stays. It has to be committed up to here.' }),
      timeoutMs,
    }),
    response: {
      200: json('A majority has the decision, and this node knows of it', Trimmed),
      ...problemsOf([...decisionCodes, 'not-committed', 'trim-timeout']),
    },
  },
  'GET /retention': readRetention,
  'PUT /retention': {
    summary: 'Set what the cluster keeps from now on: all four limits',
    tags: ['log'],
    body: RetentionRequest,
    querystring: Type.Object({ timeoutMs }),
    response: {
      200: json('A majority has the decision', Retention),
      ...problemsOf([...decisionCodes, 'body-too-large', 'retention-timeout', 'unsupported-media-type']),
    },
  },
} as const satisfies Readonly<Record<string, FastifySchema>>;
