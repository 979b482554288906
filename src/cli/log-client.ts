/** The client library as the commands use it: each request once, to the node that the user names, and every failure one line. */

import type { BaseUrl } from '../client/base-url.ts';
import { baseUrlOf, withoutPassword } from '../client/base-url.ts';
import { LogClient, ProblemError } from '../client/index.ts';
import { defaultUrl, variableOf } from '../config/node-url.ts';
import { printable } from '../observe/printable.ts';
import { CliError } from './cli-error.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { patientFetch } from './patient-fetch.ts';

/** A node is waited for as long as it takes, and the time of an append is its own if the user says none. */
export const asLongAsItTakes = { timeoutMs: Infinity, silenceMs: Infinity } as const;

/** Found by the client: its sentence says all that the code would. */
const withoutCode: ReadonlySet<string> = new Set(['unreachable', 'bad-answer', 'not-sent']);

/** Options of the client that the command line has under another name. */
const flags: Readonly<Record<string, string>> = { w: '--w', timeoutMs: '--timeout-ms', idempotencyKey: '--key', level: '--read' };

/** @throws CliError if the URL is none */
export function clientOf(url: string): LogClient {
  needUrl(url);
  return new LogClient({ urls: url, retry: false, fetch: patientFetch });
}

/** @throws CliError */
export function needUrl(url: string): BaseUrl {
  const base = baseUrlOf(url);
  if (base === undefined) throw new CliError(whatIsWrongWith(url), exitCodes.usage);
  return base;
}

/** One or several, with commas between them. @throws CliError if one of them is no URL */
export function needUrls(text: string): readonly string[] {
  const urls = text.split(/,(?=\s*https?:)/i).map((url) => url.trim());
  for (const url of urls)
    if (baseUrlOf(url) === undefined) throw new CliError(whatIsWrongWith(urls.length === 1 ? text : url), exitCodes.usage);
  return urls;
}

/** Nobody said it on the command line. */
export function isUsual(url: string): boolean {
  return url === defaultUrl();
}

/** With the variable that it came from, if it did. */
function whatIsWrongWith(url: string): string {
  const variable = variableOf(url);
  const shown = `"${withoutPassword(url)}"`;
  if (variable === 'MASTER_PORT') return `${variable}: ${shown} is not a port from 1 to 65535; RLOG_URL or --url says which node to ask`;
  return `${variable === undefined ? '' : `${variable}: `}${shown} is not a URL like http://127.0.0.1:5000`;
}

/** @throws CliError with what the node says, or what is wrong with what was asked */
export async function orFail<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    throw cliErrorOf(error);
  }
}

/** For the user: one line. What is neither a refusal nor a wrong argument stays what it is. */
export function cliErrorOf(cause: unknown): unknown {
  if (cause instanceof RangeError) return new CliError(inFlags(cause.message), exitCodes.usage, { cause });
  if (!(cause instanceof ProblemError)) return cause;
  const { code, detail, outcome, message } = cause;
  // A change that was sent, and of which nothing was heard, may have happened.
  const isUnheard = code === 'unreachable' && outcome === 'unknown';
  const line = withoutCode.has(code) ? `${detail}${isUnheard ? '; it may have been done (unknown)' : ''}` : message;
  // A line of somebody else's: what would begin another one is no part of it.
  return new CliError(printable(line), exitCodeOf(cause), { cause });
}

/** What the client says of an option, in the words of the command line. */
function inFlags(message: string): string {
  return message.replace(/^"(\w+)"/, (_quoted, name: string) => flags[name] ?? `--${name}`);
}

/** What may be a number, or a word, as the node reads it in a query. What is neither goes on: whoever takes it says what is wrong. */
export function settingIn(text: string): number | string {
  return /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : text;
}

/** The same for an offset and a count, which may begin with zeros. */
export function countIn(text: string): number {
  return /^\d{1,16}$/.test(text) ? Number(text) : (text as unknown as number);
}
