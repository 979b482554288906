/**
 * The token that the commands show to nodes: from the file that `--token-file` names, or in `RLOG_TOKEN`. It is never an
 * argument, as everybody on the machine can read those of a process.
 */

import { readFileSync } from 'node:fs';
import type { BaseUrl } from '../client/base-url.ts';
import { CliError } from './cli-error.ts';
import { exitCodes } from './exit-codes.ts';

let file: string | undefined;

/** For this command. */
export function useTokenFile(path: string | undefined): void {
  file = path;
}

/** What to repeat on a command line that goes on where this one stopped. */
export function tokenArguments(): string[] {
  return file === undefined ? [] : ['--token-file', file];
}

/**
 * Read again for each request: a command that follows the log outlives its token.
 * @returns `undefined` if there is none
 * @throws CliError if it cannot be used
 */
export function givenToken(env: Readonly<Record<string, string | undefined>> = process.env): (() => string) | undefined {
  const { RLOG_TOKEN: text = '' } = env;
  const path = file;
  if (path === undefined && text === '') return undefined;
  const token = path === undefined ? () => needToken(text, 'RLOG_TOKEN') : () => needToken(readOrFail(path).trim(), `--token-file ${path}`);
  // Whoever gave a wrong one hears it before anything is sent.
  token();
  return token;
}

/** Of the header `Authorization`; a password in the URL is for something that stands before the node. @throws CliError */
export function authorizationFor({ authorization }: BaseUrl): string | undefined {
  const token = givenToken();
  if (token === undefined) return authorization;
  needNoPassword(authorization);
  return `Bearer ${token()}`;
}

/** What would help whoever is refused for want of a token. */
export function hintFor(code: string): string {
  return code === 'unauthorized' ? '; RLOG_TOKEN, or --token-file, says which token to show' : '';
}

/** @throws CliError */
export function needNoPassword(authorization: string | undefined): void {
  if (authorization === undefined) return;
  throw new CliError('a token and a password in the URL are sent in the same header: only one of them can be given', exitCodes.usage);
}

/** @throws CliError, which does not repeat it */
function needToken(token: string, from: string): string {
  if (/^[!-~]+$/.test(token)) return token;
  throw new CliError(`${from}: not a token, which is one word of printable characters`, exitCodes.usage);
}

function readOrFail(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CliError(`--token-file ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, exitCodes.usage, { cause });
  }
}
