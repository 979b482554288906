import { exitCodes } from './exit-codes.ts';
import type { ExitCode } from './exit-codes.ts';

/** An error that is shown to the user in one line, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  /** The problem with which a node refused; `undefined` if no node did. */
  readonly refusal: { readonly code: string; readonly detail: string } | undefined;

  constructor(
    message: string,
    exitCode: ExitCode = exitCodes.rejected,
    options?: ErrorOptions & { readonly refusal?: CliError['refusal'] },
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.refusal = options?.refusal;
  }
}
