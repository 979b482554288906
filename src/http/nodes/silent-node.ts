/**
 * Watches a node that does not answer a request: it may be waiting, as the request says, or its process is stopped and
 * only its machine took the connection. A second request, on another connection, tells whether the node answers at all.
 */

import { readyPath } from '../../api/paths.ts';
import { callNode } from './node-call.ts';
import type { ListedNode, NodeDirectory } from './node-directory.ts';

export interface SilenceLimits {
  readonly checkEveryMs: number;
  /** How long the second request may go unanswered. */
  readonly answerWithinMs: number;
}

const limitsDefault: SilenceLimits = { checkEveryMs: 1000, answerWithinMs: 3000 };

/**
 * @param giveUp - called at most once, if the node does not answer at all
 * @returns to be called when the answer begins, or is no longer waited for
 */
export function watchSilentNode(
  node: ListedNode,
  { self, agent }: Pick<NodeDirectory, 'self' | 'agent'>,
  giveUp: (why: Error) => void,
  { checkEveryMs, answerWithinMs }: SilenceLimits = limitsDefault,
): () => void {
  const over = new AbortController();
  const check = async (): Promise<void> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), answerWithinMs);
    try {
      const signal = AbortSignal.any([over.signal, limit.signal]);
      const answer = await callNode(node, { method: 'GET', path: readyPath, headers: {}, self, caller: undefined, agent, signal });
      answer.resume();
      next = setTimeout(() => void check(), checkEveryMs);
    } catch (error) {
      if (over.signal.aborted) return;
      // A refusal is a sign of life: the node may have too many connections, and if it is gone the request itself
      // fails.
      if (!limit.signal.aborted && isWord(error)) next = setTimeout(() => void check(), checkEveryMs);
      else giveUp(new Error(`nothing was heard from it for ${checkEveryMs + answerWithinMs} ms`));
    } finally {
      clearTimeout(timer);
    }
  };
  let next = setTimeout(() => void check(), checkEveryMs);
  return () => {
    clearTimeout(next);
    over.abort();
  };
}

/** The connection was refused or reset, rather than timed out. */
function isWord(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause;
}
