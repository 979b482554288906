/** Controls as bytes. They are JSON, like member lists: few and small, and people who look into a log want to read them. */

import type { Base, Control, Retention } from '../core/model/control.ts';
import { batchNumber, logAge, offset, timestampMs } from '../core/model/numbers.ts';
import { isCount, isMaybe, isObjectWith, isOneOf } from './shape.ts';

const isRetention = isObjectWith({
  maxAgeMs: isMaybe(isCount),
  maxBytes: isMaybe(isCount),
  maxEntries: isMaybe(isCount),
  idempotencyWindowMs: isMaybe(isCount),
});

const isBase = isObjectWith({
  number: isCount,
  offset: isCount,
  keysFrom: isCount,
  lastTimestamp: isCount,
  lastAge: isCount,
  retention: isMaybe(isRetention),
});

const isTrim = isObjectWith({ kind: isOneOf('trim'), firstOffset: isCount });
const isRetentionSet = isObjectWith({ kind: isOneOf('retention'), retention: isRetention });
const isBaseMoved = isObjectWith({ kind: isOneOf('base'), base: isBase });

export function encodeControl(control: Control): Uint8Array {
  return Buffer.from(JSON.stringify(control), 'utf8');
}

/** @throws SyntaxError or TypeError for anything that `encodeControl` did not write */
export function decodeControl(bytes: Buffer): Control {
  const parsed: unknown = JSON.parse(bytes.toString('utf8'));
  if (isTrim(parsed)) return { kind: 'trim', firstOffset: offset(parsed.firstOffset) };
  if (isRetentionSet(parsed)) return { kind: 'retention', retention: retentionOf(parsed.retention) };
  if (isBaseMoved(parsed)) return { kind: 'base', base: parseBase(parsed.base) };
  throw new TypeError('a control has missing or invalid fields');
}

/** @throws TypeError */
export function parseBase(value: unknown): Base {
  if (!isBase(value)) throw new TypeError('a base has missing or invalid fields');
  return {
    number: batchNumber(value.number),
    offset: offset(value.offset),
    keysFrom: offset(value.keysFrom),
    lastTimestamp: timestampMs(value.lastTimestamp),
    lastAge: logAge(value.lastAge),
    retention: value.retention === null ? null : retentionOf(value.retention),
  };
}

/** Only its own fields: others may come with a later version. */
function retentionOf({ maxAgeMs, maxBytes, maxEntries, idempotencyWindowMs }: Retention): Retention {
  return { maxAgeMs, maxBytes, maxEntries, idempotencyWindowMs };
}
