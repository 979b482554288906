/**
 * Which log is read. Offsets begin at 0 in every log: a node whose log was thrown away and begun anew would be taken to
 * have the rest of the old one.
 */

import { clusterHeader } from '../api/headers.ts';
import { ProblemError } from './problem-error.ts';

/** The beginning of the name that a node gives to its log; `undefined` if it has none yet. */
export function markOf({ headers }: { readonly headers: Pick<Headers, 'get'> }): string | undefined {
  return /^[0-9a-f]{8}/.exec(headers.get(clusterHeader) ?? '')?.[0];
}

/** What an id says: the place that it is of, and the log. */
export function idParts(id: string): { readonly offset: number; readonly mark: string | undefined } {
  const [, offset, mark] = /^(?:\d+:)?(\d+)(?:@(\w+))?$/.exec(id) ?? [];
  return { offset: Number(offset), mark };
}

/** @throws ProblemError if they are two */
export function sameLog(before: string | undefined, now: string | undefined): string | undefined {
  if (before === undefined || now === undefined || before === now) return now ?? before;
  throw new ProblemError({
    code: 'history-changed',
    detail: `what was read before is of another log (${before}…) than the one that is there now (${now}…)`,
    outcome: 'rejected',
    retryable: false,
  });
}
