/** What `rlog append` says at the end: where the messages are or, if it had to stop, what is stored and how to continue. */

import type { AppendedMany } from '../client/index.ts';
import { counted } from '../api/wording.ts';

/** All batches that were stored so far. */
export interface Stored {
  readonly count: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Of the batch that the fewest nodes have. */
  readonly acks: number;
}

export function withAppended(stored: Stored | undefined, { offset, count, acks }: AppendedMany): Stored {
  const last = offset + count - 1;
  if (stored === undefined) return { count, firstOffset: offset, lastOffset: last, acks };
  return {
    count: stored.count + count,
    // A batch that an earlier run stored may come before the first one of this run.
    firstOffset: Math.min(stored.firstOffset, offset),
    lastOffset: Math.max(stored.lastOffset, last),
    acks: Math.min(stored.acks, acks),
  };
}

export function appendedLine({ count, firstOffset, lastOffset, acks }: Stored): string {
  const held = `held by ${counted(acks, 'node')}`;
  if (count === 1) return `appended at offset ${firstOffset}, ${held}`;
  const isInterleaved = lastOffset - firstOffset + 1 !== count;
  const where = `offsets ${firstOffset} to ${lastOffset}`;
  return isInterleaved ? `appended ${count} messages, with others in between, at ${where}, ${held}` : `appended at ${where}, ${held}`;
}

export interface Stop {
  /** What went wrong. */
  readonly reason: string;
  /** Lines before this one are stored. */
  readonly firstLine: number;
  /** The last line of the batch that failed; `undefined` if none was in progress. */
  readonly lastLine: number | undefined;
  readonly outcome: 'rejected' | 'unknown';
  /** The command that continues at `firstLine`. */
  readonly command: string;
}

export function stopReport({ reason, firstLine, lastLine, outcome, command }: Stop): string {
  const stored = firstLine === 1 ? 'nothing is stored' : `${linesWords(1, firstLine - 1)} stored`;
  if (lastLine === undefined || outcome === 'rejected') {
    if (firstLine === 1) return `${reason}\n  nothing is stored`;
    return `${reason}\n  ${stored}, and nothing after; to continue:\n  ${command}`;
  }
  const unknown = `${firstLine === lastLine ? `line ${firstLine}` : `lines ${firstLine} to ${lastLine}`} may be`;
  const words = firstLine === 1 ? `${unknown} stored` : `${stored}; ${unknown}`;
  return `${reason}\n  ${words}, and nothing after; to continue without storing anything twice:\n  ${command}`;
}

function linesWords(first: number, last: number): string {
  return first === last ? `line ${first} is` : `lines ${first} to ${last} are`;
}
