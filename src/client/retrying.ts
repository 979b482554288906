/** When to try again, and where: decided without a clock and without chance of its own. */

import type { ProblemError } from './problem-error.ts';

const backOffMsFirst = 50;
const backOffMsMax = 2000;

/**
 * Said of the node that answered, or did not, and perhaps not true of the others: a node that is cut off from them knows of no
 * leader, or leads no more without knowing who does. Everything else is as true of the others.
 */
const ofOneNode: ReadonlySet<string> = new Set([
  'unreachable',
  'bad-answer',
  'disk-slow',
  'epoch-ended',
  'forward-failed',
  'internal-error',
  'no-leader',
  'no-quorum',
  'no-room',
  'not-leader',
  'read-timeout',
  'shutting-down',
  'stopped-while-waiting',
  'too-many-listeners',
]);

const gone: ReadonlySet<string> = new Set(['unreachable', 'shutting-down', 'stopped-while-waiting']);

/** It is no matter of how much the nodes have to do: this one is not there, or soon will not be. */
export function isGone({ code }: ProblemError): boolean {
  return gone.has(code);
}

export interface FailedTry {
  readonly problem: ProblemError;
  /** What `Retry-After` asked for. */
  readonly retryAfterMs: number | undefined;
  /** Tries that failed before this one. */
  readonly failedBefore: number;
  /** Nodes that could be asked. */
  readonly nodeCount: number;
}

export interface NextTry {
  /** Another node is asked, this one not before `restMs` are over. */
  readonly isElsewhere: boolean;
  readonly restMs: number;
  readonly waitMs: number;
}

/** @param random - from [0, 1) @returns `undefined` if it is not worth it */
export function nextTry({ problem, retryAfterMs = 0, failedBefore, nodeCount }: FailedTry, random: number): NextTry | undefined {
  if (!problem.retryable) return undefined;
  const isElsewhere = ofOneNode.has(problem.code) && nodeCount > 1;
  // Each round through all nodes waits twice as long as the one before, and anything up to that (full jitter).
  const round = isElsewhere ? Math.floor(failedBefore / nodeCount) : failedBefore;
  const backOffMs = random * Math.min(backOffMsMax, backOffMsFirst * 2 ** Math.min(round, 16));
  return isElsewhere
    ? { isElsewhere, restMs: retryAfterMs, waitMs: backOffMs }
    : { isElsewhere, restMs: 0, waitMs: retryAfterMs + backOffMs };
}

/** `Retry-After` in seconds, or a date. @param now - milliseconds since 1970 */
export function retryAfterOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
