/** Asks for confirmation of something that cannot be undone. */

import { createInterface } from 'node:readline/promises';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

/** @throws CliError unless `isSure`, or somebody at the terminal types yes */
export async function askForYes(question: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  if (!process.stdin.isTTY) throw new CliError('nothing was changed: add --yes if you are sure', exitCodes.usage);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(`${question} Type yes: `);
  asking.close();
  if (answer.trim() !== 'yes') throw new CliError('nothing was changed');
}
