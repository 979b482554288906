/** Prints something repeatedly, until Ctrl-C: on a terminal always in the same place. */

import { setTimeout as pause } from 'node:timers/promises';
import { printableLines } from '../observe/printable.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

const usualSeconds = 1;
/** Clears the screen. */
const clear = '\u001b[H\u001b[2J';

/** @throws CliError */
export function everyMsOf(seconds: string | true): number {
  const value = seconds === true ? usualSeconds : Number(seconds);
  if (!(value >= 0.1 && value <= 3600)) throw new CliError(`--watch takes seconds from 0.1 to 3600, not "${seconds}"`, exitCodes.usage);
  return value * 1000;
}

/**
 * Never resolves. A failure is printed in place of the text.
 * @param isJson - one line each time, for programs
 */
export async function watch(
  textOf: () => Promise<string>,
  { everyMs, isJson }: { readonly everyMs: number; readonly isJson: boolean },
): Promise<never> {
  const isScreen = process.stdout.isTTY && !isJson;
  for (let count = 0; ; count += 1) {
    const text = await textOrFailure(textOf, isJson);
    const between = isJson || count === 0 ? '' : '\n';
    process.stdout.write(isScreen ? clear + text : between + text);
    await pause(everyMs);
  }
}

async function textOrFailure(textOf: () => Promise<string>, isJson: boolean): Promise<string> {
  try {
    return await textOf();
  } catch (error) {
    if (!(error instanceof CliError) || error.exitCode === exitCodes.usage) throw error;
    if (!isJson) return `${printableLines(error.message)}\n`;
    process.stderr.write(`rlog: ${printableLines(error.message)}\n`);
    return '';
  }
}
