import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';

/** An error that is shown to the user in one line, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = exitCodes.rejected, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
