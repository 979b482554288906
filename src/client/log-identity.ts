/**
 * Identifies the log that is read. Offsets begin at 0 in every log, so after a log was deleted and begun anew, the new
 * one would be taken for the rest of the old one.
 */

import { clusterHeader, firstOffsetHeader } from '../api/headers.ts';
import { ProblemError } from './problem-error.ts';

/** The first digits of the cluster id that a node sends; `undefined` if it has no log yet. */
export function markOf({ headers }: { readonly headers: Pick<Headers, 'get'> }): string | undefined {
  return /^[0-9a-f]{8}/.exec(headers.get(clusterHeader) ?? '')?.[0];
}

/** The first entry that is kept, where a read without `from` begins. A node of a version that keeps everything does not say it. */
export function firstOffsetOf({ headers }: { readonly headers: Pick<Headers, 'get'> }): number {
  return Number(/^\d{1,16}$/.exec(headers.get(firstOffsetHeader) ?? '0')?.[0] ?? 0);
}

/** The parts of an event's id: the offset, and the mark of the log. */
export function idParts(id: string): { readonly offset: number; readonly mark: string | undefined } {
  const [, offset, mark] = /^(?:\d+:)?(\d+)(?:@(\w+))?$/.exec(id) ?? [];
  return { offset: Number(offset), mark };
}

/**
 * @returns the mark of the log
 * @throws ProblemError if the marks are of two different logs
 */
export function sameLog(before: string | undefined, now: string | undefined): string | undefined {
  if (before === undefined || now === undefined || before === now) return now ?? before;
  throw new ProblemError({
    code: 'history-changed',
    detail: `the entries read so far are from log ${before}…, but the node now has log ${now}…`,
    outcome: 'rejected',
    retryable: false,
  });
}
