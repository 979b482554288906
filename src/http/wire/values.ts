/**
 * Checks values that a client sent, in a body or in the query: they are taken as they are meant, or refused with an
 * error that quotes them. Nothing is coerced.
 */

import { timeoutMsMax } from '../../api/entries.ts';
import { epoch } from '../../core/model/numbers.ts';
import type { Epoch } from '../../core/model/numbers.ts';
import { isWriteConcern } from '../../core/model/write-concern.ts';
import type { WriteConcern } from '../../api/entries.ts';
import { LogError } from '../../api/problems.ts';
import { shortened } from './problem.ts';

export function reject(detail: string, facts: Readonly<Record<string, unknown>> = {}): never {
  throw new LogError('bad-request', detail, facts);
}

/** @param name - the client's name for it @throws LogError */
export function asWriteConcern(value: unknown, name = 'w'): WriteConcern {
  if (!isWriteConcern(value)) reject(`"${name}" must be a positive whole number, "majority" or "all", not ${told(value)}`, { field: name });
  return value;
}

/** @throws LogError */
export function asTimeout(value: unknown): number {
  const isRight = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= timeoutMsMax;
  if (!isRight) reject(`"timeoutMs" must be a whole number from 1 to ${timeoutMsMax}, not ${told(value)}`, { field: 'timeoutMs' });
  return value;
}

/** @throws LogError */
export function asEpoch(value: unknown): Epoch {
  const isRight = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
  if (!isRight) reject(`"ifEpoch" must be an epoch, a whole number from 1 on, not ${told(value)}`, { field: 'ifEpoch' });
  return epoch(value);
}

interface Settings {
  readonly w?: unknown;
  readonly timeoutMs?: unknown;
  readonly ifEpoch?: unknown;
}

/** @throws LogError if both give the same setting, even with the same value */
export function checkSaidOnce(body: Settings, query: Settings): void {
  const isTwice = (['w', 'timeoutMs', 'ifEpoch'] as const).some((name) => body[name] !== undefined && query[name] !== undefined);
  if (isTwice) reject('give "w", "timeoutMs" and "ifEpoch" in the body or in the query, not in both');
}

/** Turns the digits of a query into a number; any other text stays as it is. */
export function fromQuery(text: string): unknown {
  return /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : text;
}

/** The value as an error quotes it. */
export function told(value: unknown): string {
  return shortened(JSON.stringify(value));
}
