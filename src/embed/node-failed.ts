/** Why a node in the user's process did not start, or cannot go on. */

import { ConfigError } from '../config/config.ts';
import type { PlainError } from './inside/messages.ts';
import { inFieldNames } from './option-fields.ts';

/**
 * A node that did not start, or cannot go on. The message is for people; the `reason` for programs: the code of the system
 * (`EADDRINUSE`, `EACCES`, …), or the name of the error: `FolderInUse`, `OtherNodesFolder`, `RestoredFolder`, `StorageDamaged`,
 * `TlsUnusable`, `UnknownFormat`, `NoRoom`, `OldNode`, `Killed`, `Ended` (its thread, without a word), or that of a mistake in the program.
 */
export class NodeFailed extends Error {
  override readonly name = 'NodeFailed';
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** @returns a `ConfigError` for settings that were found wrong late, such as a file that cannot be read */
export function failureOf({ name, message, code, stack, mistakes }: PlainError): NodeFailed | ConfigError {
  if (mistakes !== undefined) return new ConfigError(mistakes.map(inFieldNames));
  const cause = Object.assign(new Error(message), { name, ...(stack !== undefined && { stack }) });
  return new NodeFailed(code ?? name, inFieldNames(message), { cause });
}
