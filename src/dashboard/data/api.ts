/** Requests to the page's own origin, which passes them on to the node that they name. */

import type { History } from '../../api/activity.ts';
import type { AppendAnswer, MessageListing, WriteConcern } from '../../api/entries.ts';
import { dialectHeader } from '../../api/headers.ts';
import { jsonMediaType } from '../../api/media-types.ts';
import { historyPath, messagesPath, pathOfNode } from '../../api/paths.ts';
import { Problem, problemFrom } from './problem.ts';
import { sessionToken } from './session-token.ts';

/** One of `api/paths.ts`. */
type Path = `/${string}`;

export interface AppendRequest {
  /** JSON text of one message, or of several that go as one batch. */
  readonly messages: readonly string[];
  readonly w: WriteConcern;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
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
  const text = await ask(pathOfNode(nodeId, messagesPath), {
    method: 'POST',
    headers: { 'content-type': jsonMediaType },
    body: `{${what},"w":${JSON.stringify(w)},"timeoutMs":${timeoutMs}}`,
    ...(signal && { signal }),
  });
  return parsed(text) as AppendAnswer;
}

/** The messages of `[from, from + limit)`, as many as are there. @throws Problem; an `AbortError` if it was given up */
export async function readMessages(nodeId: string, { from, limit, signal }: ReadRequest): Promise<readonly unknown[]> {
  const text = await ask(`${pathOfNode(nodeId, messagesPath)}?from=${from}&limit=${limit}`, signal ? { signal } : {});
  return (parsed(text) as MessageListing).messages;
}

/** @throws Problem; an `AbortError` if it was given up */
export async function history(nodeId: string, signal?: AbortSignal): Promise<History> {
  return parsed(await ask(pathOfNode(nodeId, historyPath), signal ? { signal } : {})) as History;
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

/** @throws Problem; an `AbortError` if it was given up */
export async function ask(path: Path, init: RequestInit = {}): Promise<string> {
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

/** Asks for the dialect that the page reads, whatever the node's own is; problems come in it too. With the token, if there is one. */
export async function fetchNatively(path: Path, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set(dialectHeader, 'native');
  const token = sessionToken();
  const shown = token.current;
  if (shown !== undefined) headers.set('authorization', `Bearer ${shown}`);
  // The page may be served under a path of its own.
  const response = await fetch(`.${path}`, { cache: 'no-store', redirect: 'error', ...init, headers });
  // The server itself says so. What another node says of itself is for who asked it.
  if (response.status === 401 && response.headers.get('www-authenticate') === 'Bearer') token.refused(shown, 'unauthorized');
  return response;
}
