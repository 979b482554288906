/** Requests that the client library has no method for: changes of the cluster, and answers as they came. */

import type { IncomingMessage } from 'node:http';
import { withoutPassword } from '../client/base-url.ts';
import { dialectHeader } from '../api/headers.ts';
import { jsonMediaType } from '../api/media-types.ts';
import { problemIn } from '../api/problem-document.ts';
import { CliError } from './cli-error.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { needUrl } from './log-client.ts';
import { operatorAgent } from './operator-agent.ts';
import { ask, NotConnected } from './patient-fetch.ts';
import { authorizationFor, hintFor } from './token.ts';
import type { ChannelAgent } from '../io/channel-agent.ts';
import { printable } from '../observe/printable.ts';

interface Asked {
  readonly method?: 'GET' | 'DELETE' | 'POST' | 'PUT';
  readonly body?: object;
  readonly signal?: AbortSignal;
  /** Opens the connection, for what needs proof; by default only changes do. */
  readonly agent?: ChannelAgent | undefined;
}

/**
 * Resolves when the answer begins. It is in the native dialect, whatever the node's own is.
 * @throws CliError if no node answers at `url`, or with the node's refusal
 */
export async function openOrFail(url: string, path: string, asked: Asked = {}): Promise<IncomingMessage> {
  const { method = 'GET', body, signal } = asked;
  const base = needUrl(url);
  const authorization = authorizationFor(base);
  const target = new URL(base.url + path);
  const headers = {
    ...(authorization !== undefined && { authorization }),
    ...(body !== undefined && { 'content-type': jsonMediaType }),
    [dialectHeader]: 'native',
  };
  const text = body === undefined ? undefined : JSON.stringify(body);
  // Reading needs no proof.
  const agent = method === 'GET' ? asked.agent : await operatorAgent();
  const answer = await ask(target, { method, headers, body: text, agent, signal }).catch((cause: unknown) => {
    // A change that was sent and not answered may have happened.
    const isUnknown = method !== 'GET' && !(cause instanceof NotConnected);
    const unknown = isUnknown ? '; it may have been done (unknown)' : '';
    throw new CliError(
      `no answer from ${target.href}: ${reasonOf(cause)}${unknown}`,
      isUnknown ? exitCodes.unknown : exitCodes.unreachable,
      { cause },
    );
  });
  const status = answer.statusCode ?? 0;
  // Redirections are not followed: another host must get neither the body nor the password.
  if (status >= 300) {
    throw refusalIn(jsonIn(await textOf(answer, url), url + path, status), status);
  }
  return answer;
}

/** @throws CliError if the answer breaks off */
export async function* bytesOf(answer: IncomingMessage, url: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of answer) yield chunk as Buffer;
  } catch (cause) {
    throw new CliError(`${withoutPassword(url)}: the connection broke in the middle of the answer`, exitCodes.unreachable, { cause });
  }
}

async function textOf(answer: IncomingMessage, url: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of bytesOf(answer, url)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws CliError if no node answers, if the answer is not JSON, or with the node's refusal */
export async function askOrFail(url: string, path: string, asked: Asked): Promise<unknown> {
  const answer = await openOrFail(url, path, asked);
  return jsonIn(await textOf(answer, url), url + path, answer.statusCode ?? 0);
}

/**
 * A question to which a node that is well answers at once.
 * @returns the document, and the header `Date`
 * @throws CliError, also if the answer is not there in time
 */
export async function askWithin(
  url: string,
  path: string,
  withinMs: number,
): Promise<{ readonly json: unknown; readonly date: string | undefined }> {
  const signal = AbortSignal.timeout(withinMs);
  try {
    const answer = await openOrFail(url, path, { signal });
    return { json: jsonIn(await textOf(answer, url), url + path, answer.statusCode ?? 0), date: answer.headers.date };
  } catch (error) {
    if (!signal.aborted || !(error instanceof CliError)) throw error;
    throw new CliError(`no answer to ${path} from ${withoutPassword(url)} within ${withinMs / 1000} s`, exitCodes.unreachable, {
      cause: error,
    });
  }
}

function jsonIn(text: string, asked: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CliError(`${withoutPassword(asked)} answered ${status}, and not with JSON: is it a node of the log?`, exitCodes.unreachable, {
      cause,
    });
  }
}

function refusalIn(json: unknown, status: number): CliError {
  const problem = problemIn(json);
  if (problem?.code === undefined) return new CliError(`the node answered ${status}`, exitCodes.unreachable);
  const { code, title = code, detail = title, outcome } = problem;
  // The text comes from a node: it must not begin another line.
  return new CliError(printable(`${detail} (${code}, ${outcome ?? '?'})`) + hintFor(code), exitCodeOf(problem), {
    refusal: { code, detail },
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof NotConnected) return error.code === 'ECONNREFUSED' ? 'connection refused' : error.message;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
