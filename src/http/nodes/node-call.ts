/** Sends one request to another node, under this node's name. */

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { nodeHeader } from '../../api/headers.ts';
import { LogError } from '../../api/problems.ts';
import { Unanswered, httpRequest } from '../../io/http-request.ts';
import type { OuterAgent } from '../../io/outer-request.ts';
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
export async function callNode(node: ListedNode, { self, body, ...call }: NodeCall): Promise<IncomingMessage> {
  const headers = self === null ? call.headers : { ...call.headers, [nodeHeader]: self };
  // A node that answers before it has read the whole body may read no more of it: the rest is discarded then.
  const closed = typeof body === 'object' ? { closed: () => passOver(body, () => undefined) } : {};
  const sent = body === undefined ? {} : { body, ...closed };
  try {
    const { blockList, url: knownAs } = node;
    return await httpRequest(new URL(node.address), { ...call, ...sent, headers, connectWithinMs, blockList, knownAs });
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    const { cause } = error;
    const facts = { node: node.id };
    if (error.isConnected) throw new LogError('forward-failed', `${node.id} did not answer: ${cause.message}`, facts, { cause });
    throw new LogError('node-unreachable', `${node.id} at ${node.url} cannot be reached: ${cause.message}`, facts, { cause });
  }
}
