/** How the commands end, for scripts. docs/cli.md has the same table, and a test compares the two. */

import type { Outcome } from '../api/problem-document.ts';

export const exitCodes = {
  /** It was done. */
  done: 0,
  /** It was refused, or failed, and nothing was changed. Also what a check found: damage, a cluster that takes no appends. */
  rejected: 1,
  /** The command line or a setting is wrong. Nothing was sent. */
  usage: 2,
  /** It may have been done, or may still be. */
  unknown: 3,
  /** No node answered, or none of a log. Nothing was changed. */
  unreachable: 4,
  /** Ctrl-C stopped an append; a shell's own number for it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Found by the client: there was no answer, or none that a node of the log gives. */
const unheard: ReadonlySet<string | undefined> = new Set(['unreachable', 'bad-answer', 'node-unreachable']);

/** Of a failure that a node, or the client, has a code for. */
export function exitCodeOf({ code, outcome }: { readonly code: string | undefined; readonly outcome: Outcome | undefined }): ExitCode {
  if (outcome === 'unknown') return exitCodes.unknown;
  return unheard.has(code) ? exitCodes.unreachable : exitCodes.rejected;
}
