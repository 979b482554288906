/**
 * The short way of an append: `POST /messages` with a JSON body and nothing unusual about it goes past the framework,
 * which costs more than all that is done for a message (docs/adr/0005-quick-append.md). Everything else, and every
 * request that this file does not know to be plain, goes the long way, with the same parser and the same answers.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import { LogError } from '../problems.ts';
import { dialectHeader, forwardedHeader } from '../protocol/http-names.ts';
import { checkMessageSizes, nativeFields, parseJsonAppend } from './append-body.ts';
import type { AppendBody } from './append-body.ts';
import { append, keyOf } from './appending.ts';
import { jsonType } from './dialects/dialect.ts';
import type { AppendAnswer } from './dialects/dialect.ts';
import type { Connection, DueAnswers } from './due-answers.ts';
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
  readonly #due: DueAnswers;
  readonly #log: Logger;

  constructor(node: HttpNode, due: DueAnswers, log: Logger) {
    this.#node = node;
    this.#due = due;
    this.#log = log;
  }

  /** @returns whether it took the request, and will answer it */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const { config } = this.#node;
    if (request.method !== 'POST' || request.url !== path) return false;
    const head = plainHead(request.rawHeaders);
    if (head === undefined || head.bodyBytes === 0 || head.bodyBytes > config.bodyBytesMax) return false;
    const connection = this.#due.of(request.socket);
    // Requests that are sent before the last one is answered are the framework's.
    if (connection.dueCount > 0) return false;
    connection.dueCount = 1;
    const asker: Asker = { socket: request.socket, connection, response };
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [only] = chunks;
      this.#append(asker, only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, head.bodyBytes), head.key);
    });
    return true;
  }

  #append(asker: Asker, bytes: Buffer, headerKey: string | undefined): void {
    const { config, driver } = this.#node;
    let body: AppendBody;
    try {
      body = parseJsonAppend(bytes, nativeFields);
      checkMessageSizes(body.messages, config.messageBytesMax);
    } catch (error) {
      this.#refuse(asker, error);
      return;
    }
    const { messages, isMany } = body;
    const w = body.w ?? config.defaultWriteConcern;
    const timeoutMs = body.timeoutMs ?? config.writeTimeoutMs;
    if (!driver.isSeekingOrLeading) {
      const onGone = (callback: () => void): void => void asker.response.once('close', callback);
      append(this.#node, { messages, w, timeoutMs, key: headerKey, isForwarded: false, onGone }).then(
        (result) => this.#answer(asker, { w, isMany, ...result }),
        (error: unknown) => this.#refuse(asker, error),
      );
      return;
    }
    const key = headerKey === undefined ? undefined : keyOf(headerKey, messages);
    const concern = { w, timeoutMs };
    const id = driver.submit({ messages, key, concern }, (reply) => {
      if (reply.kind === 'failed') this.#refuse(asker, new LogError(reply.code, reply.detail, reply.facts));
      else this.#answer(asker, { w, isMany, ...reply });
    });
    // Who goes away before the answer is waited for no more.
    if (asker.connection.dueCount > 0) asker.connection.onGone = () => driver.abandon(id);
  }

  #answer(asker: Asker, appended: AppendAnswer): void {
    const answer = this.#node.dialect.appended(appended);
    this.#send(asker, { ...answer, contentType: jsonType, more: ['location', `${path}/${appended.offset}`] });
  }

  #refuse(asker: Asker, error: unknown): void {
    const failure = asLogError(error);
    if (failure.code === 'internal-error') this.#log.error({ err: error, method: 'POST', url: path }, 'request.failed');
    const problem = problemOf(failure, path);
    const after = retryAfter(failure.code);
    const more = after === undefined ? [] : ['retry-after', after];
    this.#send(asker, { status: problem.status, ...this.#node.dialect.problem(problem), more });
  }

  #send({ socket, connection, response }: Asker, { status, contentType, body, more }: Answer): void {
    if (!response.destroyed) {
      const text = JSON.stringify(body);
      response.writeHead(status, ['content-type', contentType, 'content-length', String(Buffer.byteLength(text)), ...more]);
      response.end(text);
    }
    connection.onGone = undefined;
    this.#due.given(socket, connection);
  }
}

/** Who asked, and waits on a connection without any other request. */
interface Asker {
  readonly socket: Socket;
  readonly connection: Connection;
  readonly response: ServerResponse;
}

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: object;
  /** Names and values of further headers. */
  readonly more: readonly string[];
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
