/** One request to another node, in the name of this one. */

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import type { LookupFunction } from 'node:net';
import { nodeHeader } from '../../api/headers.ts';
import { LogError } from '../../api/problems.ts';
import { Unanswered, httpRequest } from '../../io/http-request.ts';
import { passOver } from '../wire/still-sending.ts';
import type { ListedNode } from './node-directory.ts';

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
  readonly body?: IncomingMessage | string;
  /** Ends it, also while its answer comes. */
  readonly signal: AbortSignal;
}

/**
 * @returns the answer, as soon as it begins
 * @throws LogError: `node-unreachable` if the node got nothing, `forward-failed` if it got the request and did not answer
 */
export async function callNode(node: ListedNode, { self, body, ...call }: NodeCall): Promise<IncomingMessage> {
  const headers = self === null ? call.headers : { ...call.headers, [nodeHeader]: self };
  // Whoever answers before it has heard everything may take no more; what still comes is passed over then.
  const closed = typeof body === 'object' ? { closed: () => passOver(body, () => undefined) } : {};
  const sent = body === undefined ? {} : { body, ...closed };
  try {
    return await httpRequest(new URL(node.address), { ...call, ...sent, headers, connectWithinMs });
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    const { cause } = error;
    const facts = { node: node.id };
    if (error.isConnected) throw new LogError('forward-failed', `${node.id} did not answer: ${cause.message}`, facts, { cause });
    throw new LogError('node-unreachable', `${node.id} at ${node.url} cannot be reached: ${cause.message}`, facts, { cause });
  }
}
