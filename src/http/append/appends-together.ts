/**
 * Takes the appends that another node forwards in one request (http/leader/together.ts). Each of them goes the quick way, as if it
 * had come alone, and has its own answer: one that waits or is refused holds up no other.
 *
 * What is not such a request from a node is left to the framework, which knows no such route: the other node then forwards each
 * append alone.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { forwardedHeader, leaderEpochHeader } from '../../api/headers.ts';
import { jsonMediaType, ndjsonMediaType, togetherMediaType } from '../../api/media-types.ts';
import { togetherPath } from '../../api/paths.ts';
import { LogError } from '../../api/problems.ts';
import { readTogether, togetherAnswer } from '../leader/together.ts';
import type { RequestAmong } from '../leader/together.ts';
import { letGoOfBytes, readBody } from '../wire/body-reading.ts';
import { isBrowserName } from '../wire/cross-site.ts';
import type { DueAnswer } from '../wire/half-closed.ts';
import type { PendingResponses } from '../wire/pending-responses.ts';
import { HttpExchange } from './exchange.ts';
import type { Exchange, ExchangeAnswer } from './exchange.ts';
import { plainHead, unusualHeaders } from './plain-request.ts';
import type { PlainHead } from './plain-request.ts';
import type { Place, QuickAppendNode, QuickAppends } from './quick-append.ts';

export class AppendsTogether {
  readonly #node: QuickAppendNode;
  readonly #quick: QuickAppends;
  readonly #due: PendingResponses;

  constructor(node: QuickAppendNode, quick: QuickAppends, due: PendingResponses) {
    this.#node = node;
    this.#quick = quick;
    this.#due = due;
  }

  /** @returns whether it took the request, and will answer it */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const isMeant = request.url === togetherPath && isFromNode(request) && this.#node.nodeHeaders.mayBeUsedOn(request.socket);
    if (!isMeant) return false;
    this.#due.watch(request, response);
    readBody({ budget: this.#node.bodies, arrived: () => undefined }, request, (error, bytes) => {
      try {
        if (error !== null) throw error;
        if (bytes === undefined || response.destroyed) return;
        const appends = appendsIn(bytes, request);
        // From here on each is counted alone.
        letGoOfBytes(request);
        this.#begin(appends, new Answers(response, appends.length));
      } catch (failure) {
        this.#quick.refuseWhole(new HttpExchange(request, response), togetherPath, failure);
      }
    });
    return true;
  }

  #begin(appends: readonly AppendAmong[], answers: Answers): void {
    for (const [index, { head, body }] of appends.entries()) {
      const place: Place = { onGone: undefined };
      answers.places.push(place);
      this.#quick.takeAmong(head, new ExchangeAmong(answers, index, body), place);
    }
  }
}

interface AppendAmong {
  readonly head: PlainHead;
  readonly body: Buffer;
}

/** @throws LogError if the framework would have to look at one of them: then none is appended */
function appendsIn(bytes: Buffer, { headers }: IncomingMessage): readonly AppendAmong[] {
  const shared = ['content-type', jsonMediaType];
  for (const name of [forwardedHeader, leaderEpochHeader]) shared.push(name, String(headers[name]));
  return readTogether(bytes).map(({ target, headers: own, body }: RequestAmong) => {
    const head = plainHead(target, [...shared, 'content-length', String(body.length), ...own]);
    if (head?.forwarded === undefined) throw new LogError('bad-request', 'one of those that were forwarded together must come alone');
    return { head, body };
  });
}

/** Whether it is one that no client and no page sends. */
function isFromNode({ method, headers, rawHeaders }: IncomingMessage): boolean {
  const isOne = method === 'POST' && headers['content-type'] === togetherMediaType && headers['content-length'] !== undefined;
  if (!isOne || headers[forwardedHeader] === undefined || headers[leaderEpochHeader] === undefined) return false;
  if (isBrowserName(headers['user-agent'] ?? '')) return false;
  return !rawHeaders.some((name, index) => index % 2 === 0 && unusualHeaders.has(name.toLowerCase()));
}

/** The lines of an answer: what is known in one turn goes in one piece. */
class Answers {
  readonly response: ServerResponse;
  readonly places: Place[] = [];
  #missing: number;
  #lines = '';

  constructor(response: ServerResponse, count: number) {
    this.response = response;
    this.#missing = count;
    response.once('close', () => {
      for (const { onGone } of this.places) onGone?.();
    });
  }

  add(line: string, isLast: boolean): void {
    if (this.#lines === '') queueMicrotask(() => this.#send());
    this.#lines += line;
    this.#missing -= 1;
    if (isLast) this.response.shouldKeepAlive = false;
  }

  #send(): void {
    const lines = this.#lines;
    this.#lines = '';
    const { response } = this;
    if (response.destroyed) return;
    if (!response.headersSent) response.setHeader('content-type', ndjsonMediaType);
    if (this.#missing > 0) response.write(lines);
    else response.end(lines);
  }
}

class ExchangeAmong implements Exchange {
  readonly #answers: Answers;
  readonly #index: number;
  readonly #body: Buffer;

  constructor(answers: Answers, index: number, body: Buffer) {
    this.#answers = answers;
    this.#index = index;
    this.#body = body;
  }

  get socket(): Socket {
    return this.#answers.response.req.socket;
  }

  get due(): DueAnswer {
    return this.#answers.response;
  }

  get isGone(): boolean {
    return this.#answers.response.destroyed;
  }

  read(arrived: (piece: Buffer) => void, whole: () => void): void {
    arrived(this.#body);
    whole();
  }

  answer({ status, text, isLast }: ExchangeAnswer): void {
    this.#answers.add(togetherAnswer(this.#index, status, text), isLast);
  }
}
