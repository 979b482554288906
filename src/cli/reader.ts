/** The reader of our output may stop reading, as `head` does: then the command ends without an error message. */

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
  // Standard error may lead to the same full disk or lost terminal: then the message is lost.
  process.stderr.on('error', () => {});
}

/** For a command that must clean up first, or finish its work even if nobody reads about it. */
export function onBrokenPipe(callback: (exitCode: number) => void): void {
  end = callback;
}
