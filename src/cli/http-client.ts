/** Asks a node, for the commands. A node that is not there is one line that names the URL. */

import { CliError } from './cli-error.ts';

export interface NodeAnswer {
  readonly status: number;
  readonly json: unknown;
}

/** @throws CliError if nobody answers at `url` */
export async function open(url: string, path: string, init: RequestInit = {}): Promise<Response> {
  if (!URL.canParse(path, url)) throw new CliError(`"${url}" is not a URL like http://127.0.0.1:5000`);
  const target = new URL(path, url);
  try {
    return await fetch(target, init);
  } catch (cause) {
    throw new CliError(`no answer from ${target.href}: ${reasonOf(cause)}`, 1, { cause });
  }
}

/** @throws CliError if nobody answers, or not with JSON */
export async function ask(url: string, path: string, init: RequestInit = {}): Promise<NodeAnswer> {
  const answer = await open(url, path, init);
  const text = await answer.text();
  try {
    return { status: answer.status, json: JSON.parse(text) };
  } catch (cause) {
    throw new CliError(`${url}${path} answered ${answer.status}, and not with JSON: is it a node of the log?`, 1, { cause });
  }
}

/** @throws CliError with what the node says, if it refuses */
export async function askOrFail(url: string, path: string, init: RequestInit = {}): Promise<unknown> {
  const { status, json } = await ask(url, path, init);
  if (status >= 400) throw new CliError(problemLine(json, status));
  return json;
}

export function postJson(body: unknown, headers: Readonly<Record<string, string>> = {}): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

export function problemLine(json: unknown, status: number): string {
  const { code, title, detail, outcome, message } = (json ?? {}) as Readonly<Record<string, string | undefined>>;
  if (code === undefined) return `the node answered ${status}`;
  return `${title ?? message ?? 'refused'}${detail === undefined ? '' : `: ${detail}`} (${code}, ${outcome ?? '?'})`;
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') {
    return cause.code === 'ECONNREFUSED' ? 'connection refused' : cause.code;
  }
  return cause instanceof Error ? cause.message : String(cause);
}
