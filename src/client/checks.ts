/** Checks arguments before anything is sent: a mistake is not worth a request. */

import { timeoutMsMax } from '../api/entries.ts';
import type { WriteConcern } from '../api/entries.ts';
import { retentionFields } from '../api/retention.ts';
import type { RetentionRequest } from '../api/retention.ts';
import type { LogAppendManyOptions, LogAppendOptions } from './log.ts';

/** @throws TypeError */
export function needJson(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch (cause) {
    throw new TypeError('a text is not a JSON value', { cause });
  }
}

/** @throws RangeError */
export function needW(w: WriteConcern | undefined): WriteConcern | undefined {
  const isRight = w === undefined || w === 'majority' || w === 'all' || (Number.isSafeInteger(w) && w >= 1);
  if (!isRight) throw new RangeError(`"w" must be a positive whole number, "majority" or "all", not ${JSON.stringify(w)}`);
  return w;
}

/** @throws RangeError */
export function needEpoch(ifEpoch: number | undefined): number | undefined {
  const isRight = ifEpoch === undefined || (Number.isSafeInteger(ifEpoch) && ifEpoch >= 1);
  if (!isRight) throw new RangeError(`"ifEpoch" must be an epoch, a whole number from 1 on, not ${told(ifEpoch)}`);
  return ifEpoch;
}

/** @throws RangeError */
export function needTimeout(timeoutMs: number): number {
  if (timeoutMs === Infinity) return timeoutMs;
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > timeoutMsMax) {
    throw new RangeError(`"timeoutMs" must be a whole number from 1 to ${timeoutMsMax}, not ${told(timeoutMs)}`);
  }
  return timeoutMs;
}

/** @throws RangeError */
export function needSilence(silenceMs: number | undefined): number | undefined {
  if (silenceMs !== undefined && !(silenceMs >= 1)) throw new RangeError(`"silenceMs" must be at least 1, not ${told(silenceMs)}`);
  return silenceMs;
}

/** @throws RangeError */
export function needMaxPending(maxPending: number): number {
  const isCount = maxPending === Infinity || (Number.isSafeInteger(maxPending) && maxPending >= 1);
  if (!isCount) throw new RangeError(`"maxPending" must be a whole number from 1 on, or Infinity, not ${told(maxPending)}`);
  return maxPending;
}

/** @throws RangeError */
export function needOffset(name: string, value: number | undefined): void {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
    throw new RangeError(`"${name}" must be a whole number from 0 on, not ${told(value)}`);
  }
}

/** @throws RangeError */
export function needChoice(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value)) {
    throw new RangeError(`"${name}" must be ${choices.join(' or ')}, not ${told(value)}`);
  }
}

/** @throws RangeError; TypeError if two keys are given */
export function needKey({ key, idempotencyKey }: Pick<LogAppendOptions, 'key' | 'idempotencyKey'>): string | undefined {
  if (key !== undefined && idempotencyKey !== undefined && key !== idempotencyKey) {
    throw new TypeError('"key" and "idempotencyKey" are names for the same: only one of them can be given');
  }
  return needKeyAs(key === undefined ? 'idempotencyKey' : 'key', key ?? idempotencyKey);
}

/** @returns one for each message @throws RangeError; TypeError if there is a key for all messages as well */
export function needKeys({ keys, ...one }: LogAppendManyOptions, count: number): readonly (string | null)[] | undefined {
  if (keys === undefined) return undefined;
  if (needKey(one) !== undefined) throw new TypeError('"key" stands for all messages, "keys" for each: only one of them can be given');
  if (!Array.isArray(keys)) throw new TypeError(`"keys" must be a list, not ${told(keys)}`);
  if (keys.length !== count) throw new RangeError(`"keys" must have one for each message: there are ${keys.length} for ${count}`);
  return Array.from(keys as readonly (string | null)[], (key) => (key === null ? null : needKeyAs('keys', key)));
}

function needKeyAs<Key extends string | undefined>(name: string, key: Key): Key {
  if (key !== undefined && !/^[\x21-\x7e\xa0-\xff]([\x20-\x7e\xa0-\xff]{0,253}[\x21-\x7e\xa0-\xff])?$/.test(key)) {
    throw new RangeError(`"${name}" must be 1 to 255 printable characters of Latin-1, without spaces around it`);
  }
  return key;
}

/** @returns it as JSON text @throws TypeError, RangeError */
export function needRetention(retention: RetentionRequest): string {
  for (const [name, value] of Object.entries(retention) as [string, unknown][]) {
    if (!(retentionFields as readonly string[]).includes(name)) {
      throw new TypeError(`a retention has no "${name}"; it has ${retentionFields.join(', ')}`);
    }
    const isLimit = value === undefined || value === null || (Number.isSafeInteger(value) && (value as number) >= 1);
    if (!isLimit) throw new RangeError(`"${name}" must be a whole number from 1 on, or null, not ${told(value)}`);
  }
  return JSON.stringify(retention);
}

/** JSON has no `NaN`, and an untyped caller may pass anything. */
function told(value: unknown): string {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
