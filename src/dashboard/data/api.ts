/** Requests to the page's own origin, which passes them on to the node that they name. */

import { Problem, problemFrom } from './problem.ts';
import type { History, W } from './types.ts';

export { Problem } from './problem.ts';

export interface AppendRequest {
  /** JSON text of one message, or of several that go as one batch. */
  readonly messages: readonly string[];
  readonly w: W;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface AppendAnswer {
  readonly offset: number;
  readonly count?: number;
  readonly w: W;
  readonly acks: number;
  readonly epoch: number;
}

export interface ReadRequest {
  readonly from: number;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** @throws Problem; an `AbortError` if it was given up */
export async function append(nodeId: string, { messages, w, timeoutMs, signal }: AppendRequest): Promise<AppendAnswer> {
  const [only] = messages;
  const what = messages.length === 1 && only !== undefined ? `"message":${only}` : `"messages":[${messages.join(',')}]`;
  const text = await ask(nodePath(nodeId, 'messages'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{${what},"w":${JSON.stringify(w)},"timeoutMs":${timeoutMs}}`,
    ...(signal && { signal }),
  });
  return parsed(text) as AppendAnswer;
}

/** The messages of `[from, from + limit)`, as many as are there. @throws Problem; an `AbortError` if it was given up */
export async function readMessages(nodeId: string, { from, limit, signal }: ReadRequest): Promise<readonly unknown[]> {
  const text = await ask(`${nodePath(nodeId, 'messages')}?from=${from}&limit=${limit}`, signal ? { signal } : {});
  return (parsed(text) as { readonly messages: readonly unknown[] }).messages;
}

/** @throws Problem; an `AbortError` if it was given up */
export async function history(nodeId: string, signal?: AbortSignal): Promise<History> {
  return parsed(await ask(nodePath(nodeId, 'history'), signal ? { signal } : {})) as History;
}

/** An answer that says it went well. @throws Problem */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Problem(
      {
        code: 'not-understood',
        title: 'The answer was not understood',
        detail: 'it is no JSON',
        outcome: 'unknown',
        status: 200,
        facts: {},
      },
      { cause },
    );
  }
}

export function nodePath(nodeId: string, path: string): string {
  return `nodes/${encodeURIComponent(nodeId)}/${path}`;
}

/** @throws Problem; an `AbortError` if it was given up */
export async function ask(path: string, init: RequestInit = {}): Promise<string> {
  let text: string;
  let response: Response;
  try {
    response = await fetchNatively(path, init);
    text = await response.text();
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    const isWrite = init.method !== undefined && init.method !== 'GET';
    throw new Problem(
      {
        code: 'unreachable',
        title: 'The server of this page did not answer',
        detail: 'the connection was refused or broke off',
        outcome: isWrite ? 'unknown' : 'rejected',
        status: undefined,
        facts: {},
      },
      { cause },
    );
  }
  if (!response.ok) throw problemFrom(text, response.status);
  return text;
}

/** Whatever the dialect of a node: what it answers is what the page reads, its problems too. */
export function fetchNatively(path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('rlog-dialect', 'native');
  return fetch(path, { cache: 'no-store', ...init, headers });
}
