/** Decides when to retry, and where. It has no clock and draws no random numbers itself. */

import type { ProblemError } from './problem-error.ts';

const backOffMsFirst = 50;
const backOffMsMax = 2000;

/**
 * Failures that concern only the node that answered, or did not answer: a node that is cut off knows of no leader, or
 * no longer leads without knowing who does. All other failures would be the same at the other nodes.
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
  'too-many-connections',
  'too-many-listeners',
  'too-many-requests',
]);

const gone: ReadonlySet<string> = new Set(['unreachable', 'shutting-down', 'stopped-while-waiting']);

/** The node is gone, or soon will be; it is not merely busy. */
export function isGone({ code }: ProblemError): boolean {
  return gone.has(code);
}

export interface FailedTry {
  readonly problem: ProblemError;
  /** The time that `Retry-After` asks for. */
  readonly retryAfterMs: number | undefined;
  /** Number of failed tries before this one. */
  readonly failedBefore: number;
  /** Number of nodes that could be asked. */
  readonly nodeCount: number;
}

export interface NextTry {
  /** Another node is asked; this one is left alone for `restMs`. */
  readonly isElsewhere: boolean;
  readonly restMs: number;
  readonly waitMs: number;
}

/**
 * @param random - from [0, 1)
 * @returns `undefined` if a retry is not worthwhile
 */
export function nextTry({ problem, retryAfterMs = 0, failedBefore, nodeCount }: FailedTry, random: number): NextTry | undefined {
  if (!problem.retryable) return undefined;
  const isElsewhere = ofOneNode.has(problem.code) && nodeCount > 1;
  // The wait is random, up to a bound that doubles with each round through all nodes (full jitter).
  const round = isElsewhere ? Math.floor(failedBefore / nodeCount) : failedBefore;
  const backOffMs = random * Math.min(backOffMsMax, backOffMsFirst * 2 ** Math.min(round, 16));
  return isElsewhere
    ? { isElsewhere, restMs: retryAfterMs, waitMs: backOffMs }
    : { isElsewhere, restMs: 0, waitMs: retryAfterMs + backOffMs };
}

/** Reads `Retry-After`, which is a number of seconds or a date. @param now - milliseconds since 1970 */
export function retryAfterOf(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
