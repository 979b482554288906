/** Has a node lead, as `rlog promote` does. */

import { readProblem } from '../api/problem-document.ts';
import { promotePath } from '../api/paths.ts';
import { LabError } from './lab-error.ts';

const timeoutMs = 10_000;

/** Resolves when it leads. @throws LabError */
export async function promoteNode(id: string, url: string): Promise<void> {
  let text: string;
  try {
    const answer = await fetch(`${url}${promotePath}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ timeoutMs }),
      signal: AbortSignal.timeout(timeoutMs + 2000),
    });
    text = await answer.text();
    if (answer.ok) return;
  } catch (cause) {
    throw new LabError('not-now', `${id} does not answer: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  throw new LabError('not-now', `${id} cannot lead now: ${readProblem(text)?.detail ?? text}`);
}
