/** `rlog token new`: a token for a client, and the lines for the nodes, which only have its SHA-256. */

import { randomBytes } from 'node:crypto';
import { isScope, isTokenName, scopes } from '../trust/caller.ts';
import type { Scope } from '../trust/caller.ts';
import { hashedToken } from '../trust/tokens.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';
import { say, sayJson } from './print.ts';

const tokenBytes = 32;

/** @throws CliError */
export function newToken({ scope, name, json }: { readonly scope: string; readonly name: string; readonly json?: boolean }): void {
  const granted = scopesOf(scope);
  if (!isTokenName(name)) {
    throw new CliError(`--name must be letters, digits, ".", "_" and "-", at most 63 of them, not "${name}"`, exitCodes.usage);
  }
  const token = drawToken();
  const lines = granted.map((each) => `${name} ${each} ${hashedToken(token)}`);
  if (json === true) return sayJson({ token, lines });
  say(
    'For the client, in RLOG_TOKEN or a file for --token-file. It is shown only now:',
    `  ${token}`,
    `For the nodes, ${lines.length === 1 ? 'a line' : 'lines'} in the file that API_TOKENS_FILE names:`,
    ...lines.map((line) => `  ${line}`),
  );
}

/** Its beginning says what it is to who finds it where it should not be. */
export function drawToken(): string {
  return `rlog_${randomBytes(tokenBytes).toString('base64url')}`;
}

/** @throws CliError */
function scopesOf(text: string): Scope[] {
  const words = text.split(',').map((word) => word.trim());
  if (words.every(isScope)) return [...new Set(words)];
  throw new CliError(`--scope must be one or several of ${scopes.join(', ')}, not "${text}"`, exitCodes.usage);
}
