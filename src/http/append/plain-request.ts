/** What a plain append says of itself in its headers: a JSON body of a known length, and nothing that asks for anything unusual. */

import { isBrowserName } from '../wire/cross-site.ts';
import { dialectHeader, forwardedHeader } from '../../api/headers.ts';

export const appendPath = '/messages';

const plainTypes: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']);
/** A request with one of these is not plain. */
const unusualHeaders: ReadonlySet<string> = new Set([
  dialectHeader,
  forwardedHeader,
  'content-encoding',
  'expect',
  'origin',
  'sec-fetch-site',
  'transfer-encoding',
]);

/** What a plain request says of itself. */
export interface PlainHead {
  readonly bodyBytes: number;
  /** The `Idempotency-Key`. */
  readonly key: string | undefined;
}

/** @returns `undefined` if there is anything in it that is for the framework to judge */
export function plainHead(rawHeaders: readonly string[]): PlainHead | undefined {
  let isJson = false;
  let bodyBytes: number | undefined;
  let key: string | undefined;
  let hostCount = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (name === 'content-type') {
      if (isJson || !plainTypes.has(value)) return undefined;
      isJson = true;
    } else if (name === 'content-length') {
      if (bodyBytes !== undefined || !/^\d{1,10}$/.test(value)) return undefined;
      bodyBytes = Number(value);
    } else if (name === 'idempotency-key') {
      if (key !== undefined || value.length === 0 || value.length > 255) return undefined;
      key = value;
    } else if (name === 'user-agent') {
      if (isBrowserName(value)) return undefined;
    } else if (name === 'host') {
      hostCount += 1;
      if (hostCount > 1) return undefined;
    } else if (unusualHeaders.has(name)) return undefined;
  }
  return isJson && bodyBytes !== undefined && bodyBytes > 0 ? { bodyBytes, key } : undefined;
}
