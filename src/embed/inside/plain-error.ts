/** An error as something that can be cloned. */

import { ConfigError } from '../../config/config.ts';
import type { Config } from '../../config/config.ts';
import { operatorMessage } from '../../start-failure.ts';
import type { PlainError } from './messages.ts';

export function plainError(error: unknown, config: Config): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), code: undefined, stack: undefined, mistakes: undefined };
  const { name, stack } = error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const mistakes = error instanceof ConfigError ? error.mistakes : undefined;
  return { name, message: operatorMessage(error, config) ?? error.message, code, stack, mistakes };
}
