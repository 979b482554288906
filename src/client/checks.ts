/** What callers give, looked at before anything is sent: a mistake is not worth a request. */

import type { WriteConcern } from '../api/entries.ts';

const timeoutMsMax = 600_000;

/** @returns its JSON. @throws TypeError */
export function needMessage(message: unknown): string {
  const text = JSON.stringify(message) as string | undefined;
  if (text === undefined) throw new TypeError(`a message must be a JSON value, not ${typeof message}`);
  return text;
}

/** @throws RangeError */
export function needW(w: WriteConcern | undefined): WriteConcern | undefined {
  const isRight = w === undefined || w === 'majority' || w === 'all' || (Number.isSafeInteger(w) && w >= 1);
  if (!isRight) throw new RangeError(`"w" must be a positive whole number, "majority" or "all", not ${JSON.stringify(w)}`);
  return w;
}

/** @throws RangeError */
export function needTimeout(timeoutMs: number): number {
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > timeoutMsMax) {
    throw new RangeError(`"timeoutMs" must be a whole number from 1 to ${timeoutMsMax}, not ${timeoutMs}`);
  }
  return timeoutMs;
}

/** @throws RangeError */
export function needOffset(name: string, value: number | undefined): void {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
    throw new RangeError(`"${name}" must be a whole number from 0 on, not ${value}`);
  }
}

/** @throws RangeError */
export function needKey(key: string | undefined): string | undefined {
  if (key !== undefined && !/^[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(key)) {
    throw new RangeError('"idempotencyKey" must be 1 to 255 printable ASCII characters, without spaces around it');
  }
  return key;
}
