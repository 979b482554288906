/** Makes a node the leader, as `rlog promote` does. */

import type { Promoted } from '../api/leadership.ts';
import { readProblem } from '../api/problem-document.ts';
import { promotePath } from '../api/paths.ts';
import { LabError } from './lab-error.ts';

/** How much longer than its own timeout a node may take to answer. */
const slackMs = 2000;

export interface Promotion {
  readonly id: string;
  readonly url: string;
  readonly timeoutMs: number;
  /** Gives up; the node may still become the leader. */
  readonly signal?: AbortSignal;
}

/** Resolves when it leads. @throws LabError if it does not, or does not answer in time; the signal's reason */
export async function promoteNode({ id, url, timeoutMs, signal }: Promotion): Promise<Promoted> {
  const limit = AbortSignal.timeout(timeoutMs + slackMs);
  let text: string;
  try {
    const answer = await fetch(`${url}${promotePath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ timeoutMs }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
      redirect: 'error',
    });
    text = await answer.text();
    if (answer.ok) return JSON.parse(text) as Promoted;
  } catch (cause) {
    signal?.throwIfAborted();
    throw new LabError('not-now', `${id} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  throw new LabError('not-now', `${id} cannot lead now: ${readProblem(text)?.detail ?? text}`);
}
