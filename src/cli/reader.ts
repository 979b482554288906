/** Whoever reads our output may stop reading, as `head` does: the command ends then, without a complaint. */

import { exitCodes } from './exit-codes.ts';

let end = (exitCode: number): void => process.exit(exitCode);

export function exitOnBrokenPipe(): void {
  let isGone = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isGone) return;
    isGone = true;
    if (error.code === 'EPIPE') return end(exitCodes.done);
    process.stderr.write(`rlog: standard output cannot be written: ${error.message}\n`);
    end(exitCodes.rejected);
  });
  // It may lie on the same full disk or lost terminal: then nobody is left to be told.
  process.stderr.on('error', () => {});
}

/** For a command that has something to put in order first, or to do whether anybody reads of it or not. */
export function onBrokenPipe(callback: (exitCode: number) => void): void {
  end = callback;
}
