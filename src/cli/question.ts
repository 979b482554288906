/** Asks before what cannot be taken back. */

import { createInterface } from 'node:readline/promises';
import { CliError } from './cli-error.ts';

/** @throws CliError unless `isSure`, or somebody at the terminal types yes */
export async function askForYes(question: string, isSure: boolean): Promise<void> {
  if (isSure) return;
  if (!process.stdin.isTTY) throw new CliError('nothing was changed: --yes says that you are sure', 2);
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await asking.question(`${question} Type yes: `);
  asking.close();
  if (answer.trim() !== 'yes') throw new CliError('nothing was changed');
}
