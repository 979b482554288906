/** Command lines that the user is shown. */

import { join, relative } from 'node:path';
import { packageRoot } from '../io/package-root.ts';

/** Quoted where a shell needs it. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word))).join(' ');
}

/** One word for sh, bash and zsh, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The path of `rlog`: relative to the current folder if that is shorter. */
export function ownPath(): string {
  const path = join(packageRoot(), 'bin', 'rlog');
  const fromHere = relative(process.cwd(), path);
  if (fromHere.length >= path.length || fromHere.startsWith('../..')) return path;
  return fromHere.includes('/') && fromHere.startsWith('.') ? fromHere : `./${fromHere}`;
}
