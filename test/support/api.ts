/** Sends requests to nodes, and checks every answer against their OpenAPI document. */

import assert from 'node:assert/strict';
import { request as overHttp } from 'node:http';
import type { Agent, IncomingHttpHeaders } from 'node:http';
import { request as overHttps } from 'node:https';
import { OpenApiCheck } from './openapi-check.ts';
import type { TestNode } from './nodes.ts';

let check: Promise<OpenApiCheck> | undefined;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

/** An answer as it came, unchecked. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request on a new connection: a pooled one may lead to a process that has ended. */
export async function ask(node: Pick<TestNode, 'url'>, path: string, asked: Asked = {}): Promise<Answer> {
  const method = asked.method ?? 'GET';
  const { status, headers, text } = await exchange(new URL(path, node.url), { ...asked, method });
  const contentType = headers['content-type'] ?? '';
  check ??= OpenApiCheck.of(node.url);
  (await check).check({ method, path: path.split('?')[0] ?? '/', status, contentType, text });
  const json = contentType.includes('json') && !contentType.includes('ndjson') ? (JSON.parse(text) as Record<string, unknown>) : {};
  if (contentType.includes('json') && method !== 'HEAD')
    assert.ok(text === '' || text.endsWith('\n'), `an answer of ${path} ends like a line`);
  return { status, headers, text, json };
}

/** Sends the request once, without a retry. @param asked - without an `agent` it uses a new connection */
export function exchange(url: URL, asked: Asked & { readonly agent?: Agent }): Promise<RawAnswer> {
  const { method = 'GET', headers = {}, body, signal, agent = false } = asked;
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? overHttps : overHttp;
    const call = request(url, { method, headers, agent, ...(signal === undefined ? {} : { signal }) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    call.once('error', reject);
    call.end(body);
  });
}

export interface AppendSettings {
  readonly w?: number | 'majority' | 'all';
  readonly timeoutMs?: number;
  readonly ifEpoch?: number;
  readonly key?: string;
}

export function append(node: Pick<TestNode, 'url'>, message: unknown, settings: AppendSettings = {}): Promise<Answer> {
  const { key, ...concern } = settings;
  return ask(node, '/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) },
    body: JSON.stringify({ message, ...concern }),
  });
}

export async function messagesOf(node: Pick<TestNode, 'url'>, query = ''): Promise<unknown[]> {
  const { json } = await ask(node, `/messages${query}`);
  return json['messages'] as unknown[];
}

export interface Health {
  readonly status: string;
  readonly message_count: number;
  readonly role: string;
  readonly epoch: number;
  readonly cluster: string;
  readonly leader: { readonly id: string; readonly url: string } | null;
  readonly leaderSince: string | null;
  readonly deposedBy: { readonly id: string } | null;
  readonly electable: boolean;
  readonly tolerates: number | null;
  readonly election: object | null;
  readonly waitingFor: string[];
  readonly firstOffset: number;
  readonly ends: { readonly committedEnd: number; readonly durableEnd: number; readonly logEnd: number; readonly visibleEnd: number };
  readonly members: {
    readonly id: string;
    readonly url: string;
    readonly state: string;
    readonly health: string | null;
    readonly lagEntries: number | null;
    readonly lagMs: number | null;
    readonly durableEnd: number | null;
  }[];
}

export async function healthOf(node: Pick<TestNode, 'url'>): Promise<Health> {
  return (await ask(node, '/health')).json as unknown as Health;
}

export async function memberHealth(node: Pick<TestNode, 'url'>, id: string): Promise<string | null | undefined> {
  return (await healthOf(node)).members.find((member) => member.id === id)?.health;
}
