/** The operation that backs up the log, for the OpenAPI document. */

import type { FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { problemsOf } from './responses.ts';

export const backupOperations = {
  'GET /backup': {
    summary: 'A copy of the log, as far as this node knows it to be committed',
    description:
      'A tar: `backup.json` (whose log it is, where it begins), `checkpoint/…` (what must be known of a part that is gone), `batches/…` (the batches as they are on disk), `manifest.json` (where it ends, how much it is, checksums). Without its manifest it is not complete. `rlog restore` makes a data folder of it. `Rlog-Backup-Bytes` says about how many bytes there are before compression. One backup at a time.',
    tags: ['log'],
    querystring: Type.Object({
      from: Type.Optional(
        Type.Integer({ minimum: 0, description: 'An increment: only what comes from this entry on, and what comes with it in one batch.' }),
      ),
      compression: Type.Optional(Type.Union([Type.Literal('zstd'), Type.Literal('none')], { description: 'Default: zstd.' })),
    }),
    response: {
      200: {
        description: 'The archive; it is complete if it ends with `manifest.json`',
        content: { 'application/zstd': { schema: {} }, 'application/x-tar': { schema: {} } },
      },
      ...problemsOf(['not-committed', 'not-found', 'overloaded', 'shutting-down', 'trimmed']),
    },
  },
} as const satisfies Readonly<Record<string, FastifySchema>>;
