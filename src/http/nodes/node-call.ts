/**
 * One request to another node, on a connection of its own: a connection that is kept may lead to a process that is no
 * more, and then nobody could say whether the request was heard.
 */

import { request } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { LookupFunction, Socket } from 'node:net';
import { LogError } from '../../api/problems.ts';
import { nodeHeader } from '../../api/headers.ts';
import type { ListedNode } from './node-directory.ts';
import { passOver } from '../wire/still-sending.ts';

/** How long it may take to reach a node. */
const connectWithinMs = 2000;

export interface NodeCall {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** The node that calls; `null` if it is no node. */
  readonly self: string | null;
  /** How names are resolved; as the system does it without it. */
  readonly lookup?: LookupFunction | undefined;
  readonly body?: IncomingMessage;
  /** Ends it, also while its answer comes. */
  readonly signal: AbortSignal;
}

/**
 * @returns the answer, as soon as it begins
 * @throws LogError: `node-unreachable` if the node got nothing, `forward-failed` if it got the request and did not answer
 */
export function callNode(node: ListedNode, { method, path, headers, self, lookup, body, signal }: NodeCall): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let isConnected = false;
    const called = self === null ? headers : { ...headers, [nodeHeader]: self };
    // The path goes as it is: in a URL, two dots in it would lead to another one.
    const call = request(new URL(node.address), {
      path,
      method,
      headers: called,
      agent: false,
      signal,
      ...(lookup !== undefined && { lookup }),
    });
    const timer = setTimeout(() => call.destroy(new Error(`no connection within ${connectWithinMs} ms`)), connectWithinMs);
    call.once('socket', (socket: Socket) =>
      socket.once('connect', () => {
        isConnected = true;
        clearTimeout(timer);
      }),
    );
    call.once('response', resolve);
    call.on('error', (error: Error) => {
      clearTimeout(timer);
      // Who broke it off knows better why.
      const cause = signal.aborted && signal.reason instanceof Error ? signal.reason : error;
      const facts = { node: node.id };
      if (isConnected) reject(new LogError('forward-failed', `${node.id} did not answer: ${cause.message}`, facts, { cause }));
      else reject(new LogError('node-unreachable', `${node.id} at ${node.url} cannot be reached: ${cause.message}`, facts, { cause }));
    });
    if (body === undefined) call.end();
    else {
      body.pipe(call);
      // Whoever answers before it has heard everything may take no more; what still comes is passed over then.
      call.once('close', () => passOver(body, () => undefined));
    }
  });
}
