/**
 * Asks a node, for the commands. A node that is not there is one line that names the URL.
 *
 * An answer is waited for as long as the node takes: only the node knows how long the user allowed an append. So this
 * is not `fetch`, which gives up after five minutes.
 */

import type { IncomingMessage } from 'node:http';
import { baseUrlOf, withoutPassword } from '../client/base-url.ts';
import { dialectHeader } from '../api/headers.ts';
import { jsonMediaType } from '../api/media-types.ts';
import { problemIn } from '../api/problem-document.ts';
import { CliError } from './cli-error.ts';
import { variableOf } from '../config/node-url.ts';
import { Unanswered, httpRequest } from '../io/http-request.ts';
import { printable } from '../observe/printable.ts';

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For what a node answers at once: a node that says nothing for so long is paused, or cut off. */
  readonly silentMsMax?: number;
}

export interface NodeAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** How long a machine may take to say that it is there. */
const connectMsMax = 10_000;

/**
 * The answer as it begins to come, in the native dialect whatever the node's own is.
 * @throws CliError if nobody answers at `url`
 */
async function open(url: string, path: string, { method = 'GET', headers, body, silentMsMax }: Asked = {}): Promise<IncomingMessage> {
  const base = baseUrlOf(url);
  if (base === undefined) throw new CliError(whatIsWrongWith(url), 2);
  const target = new URL(base.url + path);
  const own = { ...headers, ...(base.authorization !== undefined && { authorization: base.authorization }), [dialectHeader]: 'native' };
  try {
    return await httpRequest(target, { method, headers: own, body, connectWithinMs: connectMsMax, silentMsMax });
  } catch (cause) {
    if (cause instanceof TypeError) throw new CliError(`it cannot be sent: ${cause.message}`, 1, { cause });
    // A change that was sent, and of which nothing was heard, may have happened.
    const unknown = cause instanceof Unanswered && cause.isConnected && method !== 'GET' ? '; it may have been done (unknown)' : '';
    throw new CliError(`no answer from ${target.href}: ${reasonOf(cause)}${unknown}`, 1, { cause });
  }
}

/** With the variable that it came from, if it did. */
function whatIsWrongWith(url: string): string {
  const variable = variableOf(url);
  const shown = `"${withoutPassword(url)}"`;
  if (variable === 'MASTER_PORT') return `${variable}: ${shown} is not a port from 1 to 65535; RLOG_URL or --url says which node to ask`;
  return `${variable === undefined ? '' : `${variable}: `}${shown} is not a URL like http://127.0.0.1:5000`;
}

/** The same, if it is not a refusal. @throws CliError if nobody answers, or with what the node says */
export async function openOrFail(url: string, path: string, asked: Asked = {}): Promise<IncomingMessage> {
  const answer = await open(url, path, asked);
  const status = answer.statusCode ?? 0;
  if (status >= 400) throw new CliError(problemLine(jsonIn(await textOf(answer, url), url + path, status), status));
  return answer;
}

/** @throws CliError if the answer breaks off */
export async function* bytesOf(answer: IncomingMessage, url: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of answer) yield chunk as Buffer;
  } catch (cause) {
    throw new CliError(`${withoutPassword(url)} broke off in the middle`, 1, { cause });
  }
}

async function textOf(answer: IncomingMessage, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytesOf(answer, url)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws CliError if nobody answers, or not with JSON */
export async function ask(url: string, path: string, asked: Asked = {}): Promise<NodeAnswer> {
  const answer = await open(url, path, asked);
  const status = answer.statusCode ?? 0;
  return { status, json: jsonIn(await textOf(answer, url), url + path, status) };
}

function jsonIn(text: string, asked: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(`${withoutPassword(asked)} answered ${status}, and not with JSON: is it a node of the log?`, 1, { cause });
  }
}

/** @throws CliError with what the node says, if it refuses */
export async function askOrFail(url: string, path: string, asked: Asked = {}): Promise<unknown> {
  const { status, json } = await ask(url, path, asked);
  if (status >= 400) throw new CliError(problemLine(json, status));
  return json;
}

export function postJson(body: unknown, headers: Readonly<Record<string, string>> = {}): Asked {
  return { method: 'POST', headers: { 'content-type': jsonMediaType, ...headers }, body: JSON.stringify(body) };
}

function problemLine(json: unknown, status: number): string {
  const problem = problemIn(json);
  if (problem?.code === undefined) return `the node answered ${status}`;
  const { code, title, detail, outcome } = problem;
  // A line of somebody else's: what would begin another one is no part of it.
  return printable(`${title ?? 'refused'}${detail === undefined ? '' : `: ${detail}`} (${code}, ${outcome ?? '?'})`);
}

function reasonOf(failure: unknown): string {
  const error = failure instanceof Unanswered ? failure.cause : failure;
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code === 'ECONNREFUSED' ? 'connection refused' : (code ?? error.message);
}
