/**
 * The short way of an append: `POST /messages` with a JSON body and nothing unusual about it goes past the framework,
 * which costs more than all that is done for a message (docs/adr/0005-quick-append.md). Everything else, and every
 * request that this file does not know to be plain, goes the long way, with the same parser and the same answers.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { LogError } from '../problems.ts';
import { dialectHeader, forwardedHeader } from '../protocol/http-names.ts';
import { checkMessageSizes, nativeFields, parseJsonAppend } from './append-body.ts';
import type { AppendBody } from './append-body.ts';
import { append, keyOf } from './appending.ts';
import { jsonType } from './dialects/dialect.ts';
import type { AppendAnswer } from './dialects/dialect.ts';
import type { HttpNode } from './http-node.ts';
import { asLogError, problemOf, retryAfter } from './problem.ts';

const path = '/messages';
const plainTypes: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8', 'application/json;charset=utf-8']);
/** A request with one of these is not plain. */
const unusualHeaders: ReadonlySet<string> = new Set([dialectHeader, forwardedHeader, 'content-encoding', 'expect', 'transfer-encoding']);

/** What a plain request says of itself. */
interface PlainHead {
  readonly bodyBytes: number;
  readonly key: string | undefined;
}

export class QuickAppends {
  readonly #node: HttpNode;

  constructor(node: HttpNode) {
    this.#node = node;
  }

  /** @returns whether it took the request, and will answer it */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const { config } = this.#node;
    if (request.method !== 'POST' || request.url !== path) return false;
    const head = plainHead(request.rawHeaders);
    if (head === undefined || head.bodyBytes > config.bodyBytesMax) return false;
    let first: Buffer | undefined;
    let others: Buffer[] | undefined;
    request.on('data', (chunk: Buffer) => {
      if (first === undefined) first = chunk;
      else (others ??= [first]).push(chunk);
    });
    request.on('end', () => {
      const body = others === undefined ? first : Buffer.concat(others, head.bodyBytes);
      if (body === undefined) this.#refuse(response, new LogError('bad-request', 'the request has no body'));
      else this.#append(response, body, head.key);
    });
    return true;
  }

  #append(response: ServerResponse, bytes: Buffer, headerKey: string | undefined): void {
    const { config, driver } = this.#node;
    let body: AppendBody;
    try {
      body = parseJsonAppend(bytes, nativeFields);
      checkMessageSizes(body.messages, config.messageBytesMax);
    } catch (error) {
      this.#refuse(response, error);
      return;
    }
    const { messages, isMany } = body;
    const w = body.w ?? config.defaultWriteConcern;
    const timeoutMs = body.timeoutMs ?? config.writeTimeoutMs;
    if (!driver.isSeekingOrLeading) {
      const onGone = (callback: () => void): void => void response.once('close', callback);
      append(this.#node, { messages, w, timeoutMs, key: headerKey, isForwarded: false, onGone }).then(
        (result) => this.#answer(response, { w, isMany, ...result }),
        (error: unknown) => this.#refuse(response, error),
      );
      return;
    }
    const key = headerKey === undefined ? undefined : keyOf(headerKey, messages);
    const concern = { w, timeoutMs };
    const id = driver.submit({ messages, key, concern }, (reply) => {
      if (reply.kind === 'failed') this.#refuse(response, new LogError(reply.code, reply.detail, reply.facts));
      else this.#answer(response, { w, isMany, ...reply });
    });
    // Who goes away before the answer is waited for no more; after it there is nothing left to abandon.
    if (!response.writableEnded) response.once('close', () => driver.abandon(id));
  }

  #answer(response: ServerResponse, appended: AppendAnswer): void {
    const answer = this.#node.dialect.appended(appended);
    send(response, { ...answer, contentType: jsonType, more: ['location', `${path}/${appended.offset}`] });
  }

  #refuse(response: ServerResponse, error: unknown): void {
    const failure = asLogError(error);
    const problem = problemOf(failure, path);
    const after = retryAfter(failure.code);
    const more = after === undefined ? [] : ['retry-after', after];
    send(response, { status: problem.status, ...this.#node.dialect.problem(problem), more });
  }
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: object;
  /** Names and values of further headers. */
  readonly more: readonly string[];
}

function send(response: ServerResponse, { status, contentType, body, more }: Answer): void {
  if (response.destroyed) return;
  const text = JSON.stringify(body);
  const bytes = Buffer.byteLength(text);
  response.writeHead(status, ['content-type', contentType, 'content-length', String(bytes), ...more]);
  response.end(text);
}

/** @returns `undefined` if there is anything in it that is for the framework to judge */
function plainHead(rawHeaders: readonly string[]): PlainHead | undefined {
  let isJson = false;
  let bodyBytes: number | undefined;
  let key: string | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    const value = rawHeaders[i + 1] ?? '';
    if (name === 'content-type') {
      if (isJson || !plainTypes.has(value)) return undefined;
      isJson = true;
    } else if (name === 'content-length') {
      if (bodyBytes !== undefined || !/^\d{1,10}$/.test(value)) return undefined;
      bodyBytes = Number(value);
    } else if (name === 'idempotency-key') {
      if (key !== undefined || value.length === 0 || value.length > 255) return undefined;
      key = value;
    } else if (unusualHeaders.has(name)) return undefined;
  }
  return isJson && bodyBytes !== undefined ? { bodyBytes, key } : undefined;
}
