/** Sends one request to another node, under this node's name. */

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { callerHeader, nodeHeader } from '../../api/headers.ts';
import { LogError } from '../../api/problems.ts';
import { Unanswered, httpRequest } from '../../io/http-request.ts';
import type { OuterAgent } from '../../io/outer-request.ts';
import { callerText } from '../../trust/caller.ts';
import type { Caller } from '../../trust/caller.ts';
import { passOver } from '../wire/still-sending.ts';
import type { ListedNode } from './node-directory.ts';

/** How long connecting to a node may take. */
const connectWithinMs = 2000;

export interface NodeCall {
  readonly method: string;
  /** The path, with its query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Name of the calling node; `null` if the caller is not a node. */
  readonly self: string | null;
  /** The client for which it calls: it gets that client's rights; `undefined` if the node calls for itself. */
  readonly caller: Caller | undefined;
  /** Opens the connection; a plain one without it. */
  readonly agent?: OuterAgent | undefined;
  readonly body?: IncomingMessage | string;
  /** Aborts the request, also while its answer is arriving. */
  readonly signal: AbortSignal;
}

/**
 * @returns the answer, as soon as it begins
 * @throws LogError: `node-unreachable` if the request was not sent, `forward-failed` if it was sent and not answered
 */
export async function callNode(node: ListedNode, { self, caller, body, ...call }: NodeCall): Promise<IncomingMessage> {
  const headers = self === null ? call.headers : { ...call.headers, [nodeHeader]: self, ...callerHeaders(caller) };
  // A node that answers before it has read the whole body may read no more of it: the rest is discarded then.
  const closed = typeof body === 'object' ? { closed: () => passOver(body, () => undefined) } : {};
  const sent = body === undefined ? {} : { body, ...closed };
  try {
    const { blockList, url: knownAs, dialed } = node;
    return await httpRequest(new URL(node.address), { ...call, ...sent, headers, connectWithinMs, blockList, knownAs, dialed });
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    const { cause } = error;
    // It was broken off here, for a reason of its own.
    if (cause instanceof LogError) throw cause;
    const facts = { node: node.id };
    if (error.isConnected) throw new LogError('forward-failed', `${node.id} did not answer: ${cause.message}`, facts, { cause });
    throw new LogError('node-unreachable', `${node.id} at ${node.url} cannot be reached: ${cause.message}`, facts, { cause });
  }
}

function callerHeaders(caller: Caller | undefined): Record<string, string> {
  return caller === undefined ? {} : { [callerHeader]: callerText(caller) };
}
