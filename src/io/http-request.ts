/**
 * One HTTP request on a connection of its own: a connection that is kept may lead to a process that is no more, and then
 * nobody could say whether the request was heard. docs/adr/0016-requests-by-node-http.md says why this is no library.
 */

import { request as overHttp } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request as overHttps } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { Readable } from 'node:stream';

export interface HttpRequest {
  readonly method: string;
  /** With its query, as it is sent; that of the URL without it, where two dots lead to another one. */
  readonly path?: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Readable | undefined;
  /** How names are resolved; as the system does it without it. */
  readonly lookup?: LookupFunction | undefined;
  /** How long it may take to reach the machine; as long as the system takes without it. */
  readonly connectWithinMs?: number;
  /** Ends it, also while its answer comes. */
  readonly signal?: AbortSignal;
  /** Called when nothing more is taken of the body. */
  readonly closed?: () => void;
}

/** There was no answer. */
export class Unanswered extends Error {
  override readonly cause: Error;
  /** Whether there was a connection: then the request may have been heard. */
  readonly isConnected: boolean;

  constructor(cause: Error, isConnected: boolean) {
    super(cause.message, { cause });
    this.cause = cause;
    this.isConnected = isConnected;
  }
}

/**
 * @returns the answer, as soon as it begins
 * @throws Unanswered; or TypeError if it cannot be sent
 */
export function httpRequest(
  target: URL,
  { method, path, headers, body, lookup, connectWithinMs, signal, closed }: HttpRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = target.protocol === 'https:' ? overHttps : overHttp;
    const call = request(target, {
      method,
      headers: typeof body === 'string' ? { ...headers, 'content-length': String(Buffer.byteLength(body)) } : headers,
      agent: false,
      ...(path !== undefined && { path }),
      ...(lookup !== undefined && { lookup }),
      ...(signal !== undefined && { signal }),
    });
    let isConnected = false;
    const giveUp = (): void => void call.destroy(new Error(`no connection within ${connectWithinMs} ms`));
    const timer = connectWithinMs === undefined ? undefined : setTimeout(giveUp, connectWithinMs);
    call.once('socket', (socket: Socket) =>
      socket.once('connect', () => {
        isConnected = true;
        clearTimeout(timer);
      }),
    );
    call.once('response', resolve);
    call.on('error', (error: Error) => {
      // Who broke it off knows better why.
      const cause: unknown = signal?.aborted === true ? signal.reason : error;
      reject(new Unanswered(cause instanceof Error ? cause : error, isConnected));
    });
    call.once('close', () => {
      clearTimeout(timer);
      closed?.();
    });
    if (body === undefined || typeof body === 'string') call.end(body);
    else body.pipe(call);
  });
}
