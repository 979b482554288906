/** The document of `GET /retention`, which is also a part of `/health`: how it is made, and its schema. */

import type { Type as TypeBox } from 'typebox';
import type * as api from '../../api/retention.ts';
import { defaultIdempotencyWindowMs } from '../../core/model/control.ts';
import type { Retention } from '../../core/model/control.ts';

/** With the defaults in the place of what is not set. */
export function retentionJson({ maxAgeMs, maxBytes, maxEntries, idempotencyWindowMs }: Retention): api.Retention {
  return { maxAgeMs, maxBytes, maxEntries, idempotencyWindowMs: idempotencyWindowMs ?? defaultIdempotencyWindowMs };
}

export const windowText = 'How long an idempotency key is remembered, whether its entry is kept or not.';

/** @param Type - TypeBox, see health-json.ts */
export function retentionSchema(Type: typeof TypeBox) {
  const idempotencyWindowMs = Type.Integer({ minimum: 0, description: windowText });
  return Type.Object({ ...limitSchemas(Type), idempotencyWindowMs }, { additionalProperties: false });
}

export function limitSchemas(Type: typeof TypeBox) {
  return {
    maxAgeMs: limitSchema(Type, 'Entries older than this go, by whole batches. null: no limit.'),
    maxBytes: limitSchema(Type, 'So many bytes are kept, as they lie on the disk, by whole batches. null: no limit.'),
    maxEntries: limitSchema(Type, 'So many entries are kept. null: no limit.'),
  };
}

export function limitSchema(Type: typeof TypeBox, description: string) {
  return Type.Union([Type.Integer({ minimum: 1 }), Type.Null()], { description });
}
