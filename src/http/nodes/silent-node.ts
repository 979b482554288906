/**
 * A node that was asked something and says nothing: it may wait, as it was told to, or its process is stopped and only its
 * machine took the connection. Whoever waits for it asks it on another connection whether it is there at all.
 */

import { readyPath } from '../../api/paths.ts';
import { callNode } from './node-call.ts';
import type { ListedNode, NodeDirectory } from './node-directory.ts';

export interface SilenceLimits {
  readonly checkEveryMs: number;
  /** How long a node may take to say anything. */
  readonly answerWithinMs: number;
}

const limitsDefault: SilenceLimits = { checkEveryMs: 1000, answerWithinMs: 3000 };

/**
 * @param giveUp - called at most once, if it says nothing at all
 * @returns to be called when its answer begins, or nobody waits for it any more
 */
export function watchSilentNode(
  node: ListedNode,
  { self, lookup }: Pick<NodeDirectory, 'self' | 'lookup'>,
  giveUp: (why: Error) => void,
  { checkEveryMs, answerWithinMs }: SilenceLimits = limitsDefault,
): () => void {
  const over = new AbortController();
  const check = async (): Promise<void> => {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), answerWithinMs);
    try {
      const signal = AbortSignal.any([over.signal, limit.signal]);
      const answer = await callNode(node, { method: 'GET', path: readyPath, headers: {}, self, lookup, signal });
      answer.resume();
      next = setTimeout(() => void check(), checkEveryMs);
    } catch (error) {
      if (over.signal.aborted) return;
      // A refusal is a word: it may have too many connections, and what is lost breaks by itself.
      if (!limit.signal.aborted && isWord(error)) next = setTimeout(() => void check(), checkEveryMs);
      else giveUp(new Error(`nothing was heard of it for ${checkEveryMs + answerWithinMs} ms`));
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

/** Whether somebody said no, and not only that the time was over. */
function isWord(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause;
}
