/** The client library as the commands use it: each request is sent once, to the node that the user names, and each failure is one line. */

import type { BaseUrl } from '../client/base-url.ts';
import { baseUrlOf, withoutPassword } from '../client/base-url.ts';
import { LogClient, ProblemError } from '../client/index.ts';
import type { ClientOptions } from '../client/index.ts';
import { defaultUrl, variableOf } from '../config/node-url.ts';
import { printable } from '../observe/printable.ts';
import { CliError } from './cli-error.ts';
import { commandTrust } from './command-trust.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { patientFetch } from './patient-fetch.ts';
import type { Via } from './patient-fetch.ts';
import { givenToken, hintFor, needNoPassword } from './token.ts';

/** Waits for a node as long as it takes; an append without a timeout has the node's own. */
export const asLongAsItTakes = { timeoutMs: Infinity, silenceMs: Infinity } as const;

/** Codes of the client whose sentences say everything that the code would. */
const withoutCode: ReadonlySet<string> = new Set(['unreachable', 'bad-answer', 'not-sent', 'too-many-pending']);

/** Options of the client, and the flags that set them. */
const flags: Readonly<Record<string, string>> = { w: '--w', timeoutMs: '--timeout-ms', idempotencyKey: '--key', level: '--read' };

/** @throws CliError if it is not a URL */
export function clientOf(url: string, via: Via = {}): LogClient {
  const fetch: ClientOptions['fetch'] = (asked, init) => patientFetch(asked, init, via);
  return new LogClient({ urls: url, retry: false, fetch, token: tokenFor([url]) });
}

/** For a client of these nodes. @throws CliError if one of them is no URL, or has a password as well */
export function tokenFor(urls: readonly string[]): ClientOptions['token'] {
  const bases = urls.map(needUrl);
  const token = givenToken();
  if (token !== undefined) for (const { authorization } of bases) needNoPassword(authorization);
  return token;
}

/** @throws CliError */
export function needUrl(url: string): BaseUrl {
  const base = baseUrlOf(url);
  if (base === undefined) throw new CliError(whatIsWrongWith(url), exitCodes.usage);
  checkTrust(base.url);
  return base;
}

/** @param text - one URL, or several with commas between them. @throws CliError if one of them is not a URL */
export function needUrls(text: string): readonly string[] {
  const urls = text.split(/,(?=\s*https?:)/i).map((url) => url.trim());
  for (const url of urls) {
    if (baseUrlOf(url) === undefined) throw new CliError(whatIsWrongWith(urls.length === 1 ? text : url), exitCodes.usage);
    checkTrust(url);
  }
  return urls;
}

/** Before anything is asked: what is wrong with the files is not a node's silence. @throws CliError */
function checkTrust(url: string): void {
  if (/^https:/i.test(url)) commandTrust();
}

/** Whether this is the default, and not from the command line. */
export function isUsual(url: string): boolean {
  return url === defaultUrl();
}

/** Names the variable that the URL came from, if there is one. */
function whatIsWrongWith(url: string): string {
  const variable = variableOf(url);
  const shown = `"${withoutPassword(url)}"`;
  if (variable === 'MASTER_PORT') return `${variable}: ${shown} is not a port from 1 to 65535; RLOG_URL or --url says which node to ask`;
  return `${variable === undefined ? '' : `${variable}: `}${shown} is not a URL like http://127.0.0.1:5000`;
}

/** @throws CliError with the node's refusal, or with what is wrong with the request */
export async function orFail<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    throw cliErrorOf(error);
  }
}

/** The error as one line for the user. An error that is neither a refusal nor a wrong argument is returned as it is. */
export function cliErrorOf(cause: unknown): unknown {
  if (cause instanceof RangeError) return new CliError(inFlags(cause.message), exitCodes.usage, { cause });
  if (!(cause instanceof ProblemError)) return cause;
  const { code, detail, outcome, message } = cause;
  // A change that was sent and not answered may have happened.
  const isUnheard = code === 'unreachable' && outcome === 'unknown';
  const line = withoutCode.has(code) ? `${detail}${isUnheard ? '; it may have been done (unknown)' : ''}` : message;
  // The text may come from a node: it must not begin another line.
  return new CliError(printable(line) + hintFor(code), exitCodeOf(cause), { cause });
}

/** Names the flag where the client names its option. */
function inFlags(message: string): string {
  return message.replace(/^"(\w+)"/, (_quoted, name: string) => flags[name] ?? `--${name}`);
}

/** A number, or a word, as in a query. What is neither is passed on, and refused by the client. */
export function settingIn(text: string): number | string {
  return /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : text;
}

/** The same for offsets and counts, which may begin with zeros. */
export function countIn(text: string): number {
  return /^\d{1,16}$/.test(text) ? Number(text) : (text as unknown as number);
}
