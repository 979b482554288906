/** The output of commands. Text that comes from a node is escaped, so that it cannot control the terminal. */

import { printable, printableLines } from '../observe/printable.ts';

/** Writes to standard output, no faster than it is read: exactly what was sent or, on a terminal, the same with escapes. */
export async function print(pieces: readonly (string | Uint8Array)[]): Promise<void> {
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  const shown = process.stdout.isTTY ? printableLines(bytes.toString('utf8')) : bytes;
  if (!process.stdout.write(shown)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** Prints each on one line, whatever it contains. */
export function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value));
}
