/**
 * Reads the head of a plain append: a JSON body of a known length, and nothing unusual in its headers. One that another
 * node forwarded is plain too, with its settings in the query.
 */

import { proxyHeaders } from '../access/protected-mode.ts';
import { isBrowserName } from '../wire/cross-site.ts';
import {
  callerHeader,
  dialectHeader,
  forwardedHeader,
  forwardIdentityHeader,
  leaderEpochHeader,
  nodeHeader,
  traceparentHeader,
  tracestateHeader,
} from '../../api/headers.ts';
import { messagesPath } from '../../api/paths.ts';
import type { ForwardIdentity } from '../../core/model/forward-identity.ts';
import type { TraceContext } from '../../ports/append-traces.ts';
import { readForwardIdentity } from '../leader/forwarded.ts';
import type { ForwardedFrom } from '../leader/forwarded.ts';
import { readForwardedTarget } from './forwarded-append.ts';
import type { AppendSettings } from './forwarded-append.ts';

const plainTypes: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']);
/** A request with one of these is not plain. */
export const unusualHeaders: ReadonlySet<string> = new Set([
  dialectHeader,
  'content-encoding',
  'expect',
  nodeHeader,
  'origin',
  'sec-fetch-site',
  'transfer-encoding',
  ...proxyHeaders,
]);

/** What the head of a plain request says. */
export interface PlainHead {
  readonly bodyBytes: number;
  /** The `Idempotency-Key`. */
  readonly key: string | undefined;
  /** Header of this name. */
  readonly authorization: string | undefined;
  /** The client for which a node asks, as it says. */
  readonly caller: string | undefined;
  /** The trace that it belongs to, as it says. */
  readonly trace: TraceContext | undefined;
  /** Set if another node forwarded it. */
  readonly forwarded: ForwardedAppend | undefined;
}

/** It is not forwarded again, and is answered in the native dialect. */
interface ForwardedAppend extends ForwardedFrom {
  /** Name of the node that forwarded it, as it says. */
  readonly by: string;
  readonly settings: AppendSettings;
}

/** @returns `undefined` if there is anything in it that Fastify must judge */
export function plainHead(target: string, rawHeaders: readonly string[]): PlainHead | undefined {
  if (!target.startsWith(messagesPath)) return undefined;
  let isJson = false;
  let bodyBytes: number | undefined;
  let key: string | undefined;
  let authorization: string | undefined;
  let caller: string | undefined;
  let by: string | undefined;
  let leaderEpoch: number | undefined;
  let identity: ForwardIdentity | undefined;
  let traceparent: string | undefined;
  let tracestate: string | undefined;
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
    } else if (name === 'authorization') {
      if (authorization !== undefined) return undefined;
      authorization = value;
    } else if (name === callerHeader) {
      if (caller !== undefined) return undefined;
      caller = value;
    } else if (name === forwardedHeader) {
      by = value;
    } else if (name === leaderEpochHeader) {
      if (leaderEpoch !== undefined || !/^\d{1,15}$/.test(value)) return undefined;
      leaderEpoch = Number(value);
    } else if (name === forwardIdentityHeader) {
      if (identity !== undefined) return undefined;
      identity = readForwardIdentity(value);
      if (identity === undefined) return undefined;
    } else if (name === 'user-agent') {
      if (isBrowserName(value)) return undefined;
    } else if (name === 'host') {
      hostCount += 1;
      if (hostCount > 1) return undefined;
    } else if (name === traceparentHeader) {
      if (traceparent !== undefined) return undefined;
      traceparent = value;
    } else if (name === tracestateHeader) {
      if (tracestate !== undefined) return undefined;
      tracestate = value;
    } else if (unusualHeaders.has(name)) return undefined;
  }
  if (!isJson || bodyBytes === undefined || bodyBytes === 0) return undefined;
  if (by === undefined && (leaderEpoch !== undefined || identity !== undefined)) return undefined;
  const trace = traceparent === undefined ? undefined : { traceparent, tracestate };
  if (by === undefined) return target === messagesPath ? { bodyBytes, key, authorization, caller, trace, forwarded: undefined } : undefined;
  const settings = readForwardedTarget(target);
  if (settings === undefined) return undefined;
  return { bodyBytes, key, authorization, caller, trace, forwarded: { by, leaderEpoch, identity, settings } };
}
