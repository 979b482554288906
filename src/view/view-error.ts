/**
 * - `apply-failed`: `apply` threw at the entry `offset`; `cause` is what it threw.
 * - `behind`: the entry `offset` was not applied in time.
 * - `checkpoint-damaged`: the file is not a checkpoint, or not whole, or of a version that cannot be read.
 * - `checkpoint-failed`: the state could not be written; `cause` says why.
 * - `other-log`: the checkpoint is of another log.
 * - `stopped`: `stop` was called, or the log ended.
 */
export type ViewErrorCode = 'apply-failed' | 'behind' | 'checkpoint-damaged' | 'checkpoint-failed' | 'other-log' | 'stopped';

/** Why a view cannot go on, or has not come as far as was asked. Failures of the log itself are reported as they are. */
export class ViewError extends Error {
  override readonly name = 'ViewError';
  /** For programs; the message is for people, and may change. */
  readonly code: ViewErrorCode;
  /** The entry that this is about, if it is about one. */
  readonly offset: number | undefined;

  constructor(code: ViewErrorCode, message: string, options: ErrorOptions & { readonly offset?: number } = {}) {
    super(message, options);
    this.code = code;
    this.offset = options.offset;
  }
}

export function asText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
