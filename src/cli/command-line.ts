/** Command lines that the user is told to type. */

import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For a shell. */
export function commandLine(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word))).join(' ');
}

/** One word for sh, bash and zsh, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command that this is, from the folder that the user is in. */
export function ownPath(): string {
  const path = fileURLToPath(new URL('../../bin/rlog', import.meta.url));
  const fromHere = relative(process.cwd(), path);
  if (fromHere.length >= path.length || fromHere.startsWith('../..')) return path;
  return fromHere.includes('/') && fromHere.startsWith('.') ? fromHere : `./${fromHere}`;
}
