/** Command lines that the user is shown. */

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  const path = fileURLToPath(new URL('../../bin/rlog', import.meta.url));
  const fromHere = relative(process.cwd(), path);
  if (fromHere.length >= path.length || fromHere.startsWith('../..')) return path;
  return fromHere.includes('/') && fromHere.startsWith('.') ? fromHere : `./${fromHere}`;
}
