/** Reads what a client wants to be kept. */

import { retentionFields } from '../../api/retention.ts';
import type { Retention } from '../../core/model/control.ts';
import { retentionJson } from '../wire/retention-json.ts';
import { reject, told } from '../wire/values.ts';

export function areSame(a: Retention, b: Retention): boolean {
  const [one, other] = [retentionJson(a), retentionJson(b)];
  return retentionFields.every((name) => one[name] === other[name]);
}

/** @param body - of `PUT /retention`, parsed @throws LogError */
export function retentionIn(body: unknown): Retention {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    reject('the body must be a JSON object, like {"maxAgeMs": 604800000}; {} keeps everything');
  }
  const given = body as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !(retentionFields as readonly string[]).includes(name));
  if (unknown !== undefined) reject(`unknown field ${told(unknown)}; known fields: ${retentionFields.join(', ')}`, { field: unknown });
  return {
    maxAgeMs: limitIn(given, 'maxAgeMs'),
    maxBytes: limitIn(given, 'maxBytes'),
    maxEntries: limitIn(given, 'maxEntries'),
    idempotencyWindowMs: limitIn(given, 'idempotencyWindowMs'),
  };
}

function limitIn(given: Readonly<Record<string, unknown>>, name: (typeof retentionFields)[number]): number | null {
  const value = given[name] ?? null;
  const isLimit = value === null || (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1);
  if (!isLimit) {
    const otherwise = name === 'idempotencyWindowMs' ? 'null for a day' : 'null for no limit';
    reject(`"${name}" must be a whole number from 1 on, or ${otherwise}, not ${told(value)}`, { field: name });
  }
  return value;
}
