/** What commands print. What comes from a node is shown so that it does nothing to the terminal. */

import { printable, printableLines } from '../observe/printable.ts';

/** Standard output, no faster than it is read: messages as they were sent, or as a terminal can be shown them. */
export async function print(pieces: readonly (string | Uint8Array)[]): Promise<void> {
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  const shown = process.stdout.isTTY ? printableLines(bytes.toString('utf8')) : bytes;
  if (!process.stdout.write(shown)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** One line each, whatever is in them. */
export function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value));
}
