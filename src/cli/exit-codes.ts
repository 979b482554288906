/** How the commands end, for scripts. docs/cli.md has the same table, and a test compares the two. */

import type { Outcome } from '../api/problem-document.ts';

export const exitCodes = {
  /** It was done. */
  done: 0,
  /** It was refused, or failed, and nothing was changed. Also if a check found damage, or a cluster that takes no appends. */
  rejected: 1,
  /** The command line or a setting is wrong. Nothing was sent. */
  usage: 2,
  /** It may have been done, or may still be. */
  unknown: 3,
  /** No node answered, or what answered is not a node of a log. Nothing was changed. */
  unreachable: 4,
  /** Ctrl-C stopped an append. It is the number that shells use for it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** There was no answer, or not one that a node of a log gives. */
const unheard: ReadonlySet<string | undefined> = new Set(['unreachable', 'bad-answer', 'node-unreachable']);

/** The exit code for a failure that a node or the client reported. */
export function exitCodeOf({ code, outcome }: { readonly code: string | undefined; readonly outcome: Outcome | undefined }): ExitCode {
  if (outcome === 'unknown') return exitCodes.unknown;
  return unheard.has(code) ? exitCodes.unreachable : exitCodes.rejected;
}
