/**
 * The output of commands. Text that comes from a node is escaped, so that it cannot control the terminal, nor the one on which
 * another program in a pipe shows it. An escape in a JSON text means the same.
 */

import { printable, printableBytes } from '../observe/printable.ts';

/**
 * Writes to standard output, no faster than it is read.
 * @param options.isExact - without escapes, unless it is a terminal: for programs that want the very bytes
 */
export async function print(
  pieces: readonly (string | Uint8Array)[],
  { isExact = false }: { readonly isExact?: boolean | undefined } = {},
): Promise<void> {
  const bytes = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
  const shown = isExact && !process.stdout.isTTY ? bytes : printableBytes(bytes);
  if (!process.stdout.write(shown)) await new Promise((resolve) => process.stdout.once('drain', resolve));
}

/** Prints each on one line, whatever it contains. */
export function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${printable(line)}\n`).join(''));
}

export function sayJson(value: unknown): void {
  say(JSON.stringify(value));
}
