/**
 * One HTTP request on a connection of its own. A kept-alive connection may lead to a process that has gone, and then it
 * would be unknown whether the request arrived. docs/adr/0016-requests-by-node-http.md says why this is not a library.
 */

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { inWords } from './in-words.ts';
import { onConnected, onUnanswered, outerRequest } from './outer-request.ts';
import type { OuterAgent, Way } from './outer-request.ts';

const shortBytesMax = 64 * 1024;

export interface HttpRequest extends Way {
  readonly method: string;
  /** The path with its query, sent as it is. By default that of the URL, in which `..` would be resolved. */
  readonly path?: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string | Readable | undefined;
  /** Opens its connection, and closes it after the answer. */
  readonly agent?: OuterAgent | undefined;
  /** How long connecting may take; by default as long as the system allows. */
  readonly connectWithinMs?: number;
  /** Aborts the request, also while its answer is arriving. */
  readonly signal?: AbortSignal;
  /** Called with its connection, before anything is sent on it. */
  readonly dialed?: ((socket: Socket) => void) | undefined;
  /** Called when no more of the body will be read. */
  readonly closed?: () => void;
}

/** The request got no answer. */
export class Unanswered extends Error {
  override readonly cause: Error;
  /** There was a connection, so the request may have arrived. */
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
  { method, path, headers, body, agent, connectWithinMs, signal, dialed, closed, ...way }: HttpRequest,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = {
      method,
      headers: typeof body === 'string' ? { ...headers, 'content-length': String(Buffer.byteLength(body)) } : headers,
      agent,
      ...(path !== undefined && { path }),
      ...(signal !== undefined && { signal }),
    };
    const call = outerRequest(target, options, way);
    let isConnected = false;
    const giveUp = (): void => void call.destroy(new Error(`no connection within ${connectWithinMs} ms`));
    const timer = connectWithinMs === undefined ? undefined : setTimeout(giveUp, connectWithinMs);
    const connected = (): void => {
      isConnected = true;
      clearTimeout(timer);
    };
    if (dialed !== undefined) call.once('socket', dialed);
    onConnected(call, { connected });
    call.once('response', resolve);
    const failed = (error: Error): void => {
      // The reason for an abort tells more than the error.
      const cause: unknown = signal?.aborted === true ? signal.reason : error;
      reject(new Unanswered(cause instanceof Error ? inWords(cause) : error, isConnected));
    };
    call.on('error', failed);
    onUnanswered(call, failed);
    call.once('close', () => {
      clearTimeout(timer);
      closed?.();
    });
    if (body === undefined || typeof body === 'string') call.end(body);
    else body.pipe(call);
  });
}

/** Of an answer that is short: what is beyond 64 KiB is left out. */
export async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > shortBytesMax) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
