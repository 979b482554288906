/**
 * The quick path of an append: `POST /messages` with a JSON body and nothing unusual about it, from a client or
 * forwarded by another node, bypasses Fastify, which costs more than everything else that is done for a message. Most of them
 * bypass node:http as well (http/plain/, docs/adr/0025-plain-connections.md). All other appends go through Fastify, with the same
 * parser and the same answers.
 */

import type { Logger } from 'pino';
import { entryPath, messagesPath } from '../../api/paths.ts';
import { LogError } from '../../api/problems.ts';
import type { Access } from '../access/access.ts';
import type { AppendTrace, AppendTraces } from '../../ports/append-traces.ts';
import { anyone } from '../../trust/caller.ts';
import type { Caller } from '../../trust/caller.ts';
import { jsonAppend, nativeFields } from './append-body.ts';
import type { AppendBody } from './append-body.ts';
import { append, appendKey, checkKeys } from './appending.ts';
import type { AppendCall, AppendingNode } from './appending.ts';
import type { ClientBudgets, ClientUse } from '../limits/client-budgets.ts';
import { clientName } from '../limits/client-name.ts';
import type { Refusals } from '../limits/refusals.ts';
import type { Body, BodyBudget } from '../wire/body-budget.ts';
import type { NodeHeaders } from '../wire/node-headers.ts';
import { withoutByteOrderMark } from '../wire/byte-order-mark.ts';
import { jsonType } from '../wire/content-types.ts';
import { jsonAnswer } from '../wire/json-answer.ts';
import { checkSaidOnce } from '../wire/values.ts';
import type { AppendAnswer, Dialect } from '../dialects/list-format.ts';
import { native } from '../dialects/native.ts';
import { checkIsMeant } from '../leader/forwarded.ts';
import type { ForwardedFrom } from '../leader/forwarded.ts';
import type { PendingResponses } from '../wire/pending-responses.ts';
import type { Exchange, ExchangeAnswer } from './exchange.ts';
import { traceOf } from './trace-of.ts';
import type { PlainHead } from './plain-request.ts';
import { asLogError } from '../wire/problem.ts';
import { problemResponse } from '../wire/problem-response.ts';

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
  /** Further headers, names and values in turn. */
  readonly more: readonly string[];
}

/** What appends need of their node, bodies included. */
export interface QuickAppendNode extends AppendingNode {
  readonly access: Access;
  /** The dialect of this node. */
  readonly dialect: Dialect;
  /** The memory that bodies may use. */
  readonly bodies: BodyBudget;
  /** What one client may use at a time. */
  readonly clients: ClientBudgets;
  readonly refusals: Pick<Refusals, 'sawFailure'>;
  /** `undefined`: appends are not followed. */
  readonly traces: AppendTraces | undefined;
  /** One that another node passed on counts only where it may say so. */
  readonly nodeHeaders: Pick<NodeHeaders, 'mayBeUsedOn'>;
}

/** A connection, or what stands for one. */
export interface Place {
  /** Called if it closes before the answer is sent. */
  onGone: (() => void) | undefined;
}

interface QuickAppend {
  readonly isMany: boolean;
  readonly headerKey: string | undefined;
  readonly forwarded?: ForwardedFrom | undefined;
}

export class QuickAppends {
  readonly #node: QuickAppendNode;
  readonly #due: PendingResponses;
  readonly #log: Logger;

  constructor(node: QuickAppendNode, due: PendingResponses, log: Logger) {
    this.#node = node;
    this.#due = due;
    this.#log = log;
  }

  /** @returns whether it took the request, and will answer it */
  take(head: PlainHead, exchange: Exchange): boolean {
    const { socket } = exchange;
    if (head.bodyBytes > this.#node.config.bodyBytesMax) return false;
    if (head.forwarded !== undefined && !this.#node.nodeHeaders.mayBeUsedOn(socket)) return false;
    const caller = this.#callerOf(socket, head);
    if (caller instanceof LogError) return false;
    const connection = this.#due.of(socket);
    // Pipelined requests are left to Fastify.
    if (connection.pendingCount > 0) return false;
    connection.pendingCount = 1;
    connection.since = Date.now();
    connection.newest = exchange.due;
    const dialect = head.forwarded === undefined ? this.#node.dialect : native;
    const given = (): void => this.#due.finished(socket, connection);
    this.#begin(new PlainResponse(exchange, { place: connection, dialect, caller, given }), exchange, head);
    return true;
  }

  /**
   * Answers one of several that another node forwarded in one request.
   * @param place - where it is told that nobody waits for it any more
   */
  takeAmong(head: PlainHead, exchange: Exchange, place: Place): void {
    const found = this.#callerOf(exchange.socket, head);
    const caller = found instanceof LogError ? anyone : found;
    const plain = new PlainResponse(exchange, { place, dialect: native, caller, given: () => undefined });
    if (found instanceof LogError) this.#refuse(plain, found);
    else this.#begin(plain, exchange, head);
  }

  /** Answers a request of which nothing has begun. @param path - of the request */
  refuseWhole(exchange: Exchange, path: string, error: unknown): void {
    const failure = this.#failureOf(error, path, exchange.socket.remoteAddress);
    if (!exchange.isGone) this.#send(exchange, refusalOf(failure, path, native));
  }

  #begin(plain: PlainResponse, exchange: Exchange, head: PlainHead): void {
    try {
      plain.trace = traceOf(this.#node.traces, head.trace);
      if (this.#node.clients.isOn && head.forwarded === undefined) this.#use(plain, head);
      this.#read(plain, exchange, head);
    } catch (error) {
      this.#refuse(plain, error);
    }
  }

  /** @returns a refusal if it may not append */
  #callerOf(socket: object, { authorization, caller, forwarded }: PlainHead): Caller | LogError {
    try {
      const asking = { socket, authorization, caller, node: undefined, forwardedBy: forwarded?.by };
      return this.#node.access.check(asking, 'append');
    } catch (error) {
      if (error instanceof LogError) return error;
      throw error;
    }
  }

  /** @throws LogError: `too-many-requests` */
  #use(plain: PlainResponse, { bodyBytes }: PlainHead): void {
    const name = clientName(plain.caller, plain.address);
    if (name !== undefined) plain.use = this.#node.clients.begin(name, bodyBytes);
  }

  /** @throws LogError */
  #read(plain: PlainResponse, exchange: Exchange, head: PlainHead): void {
    const body: Body = this.#node.bodies.begin(head.bodyBytes);
    plain.whenGone(() => body.release());
    const arrived = (piece: Buffer): void => {
      try {
        body.add(piece);
      } catch (error) {
        this.#refuse(plain, error);
      }
    };
    exchange.read(arrived, () => {
      const bytes = body.whole();
      if (bytes !== undefined) this.#append(plain, { bytes, head, done: () => body.release() });
    });
  }

  /** @param asked - `done` is called when the bytes are not needed any more */
  #append(plain: PlainResponse, asked: { readonly bytes: Buffer; readonly head: PlainHead; readonly done: () => void }): void {
    const { config, bodyWork } = this.#node;
    const { bytes, head, done } = asked;
    try {
      const body = bodyWork.run(
        jsonAppend(withoutByteOrderMark(bytes), { fields: nativeFields, messageBytesMax: config.messageBytesMax }),
        bytes.length,
      );
      if (body instanceof Promise) {
        body
          .then((whole) => this.#submit(plain, whole, head))
          .catch((error: unknown) => this.#refuse(plain, error))
          .finally(done);
        return;
      }
      done();
      this.#submit(plain, body, head);
    } catch (error) {
      done();
      this.#refuse(plain, error);
    }
  }

  /** @throws LogError */
  #submit(plain: PlainResponse, body: AppendBody, { key: headerKey, forwarded }: PlainHead): void {
    // The client disconnected while its body was being parsed.
    if (plain.isGone) return;
    const { config, driver } = this.#node;
    const { messages, keys, isMany } = body;
    checkKeys(headerKey, keys);
    const { w = config.defaultWriteConcern, timeoutMs = config.writeTimeoutMs, ifEpoch } = forwarded?.settings ?? body;
    const asked = { messages, keys, isMany, w, ifEpoch, headerKey };
    if (forwarded !== undefined) {
      checkSaidOnce(body, forwarded.settings);
      checkIsMeant(this.#node, forwarded);
    } else if (!driver.isSeekingOrLeading) return this.#appendAnywhere(plain, { ...asked, timeoutMs });
    if (keys !== undefined) return this.#appendAnywhere(plain, { ...asked, timeoutMs, forwarded });
    const deadline = performance.now() + timeoutMs;
    const key = appendKey(messages, { key: headerKey, identity: forwarded?.identity });
    const concern = { w, timeoutMs };
    const { trace } = plain;
    // Nothing here may keep the messages alive: once they are in a batch, only a number waits for it.
    const id = driver.submit({ messages, key, concern, ifEpoch, trace }, (reply, unplaced) => {
      if (reply.kind !== 'failed') return this.#answer(plain, { w, isMany, ...reply });
      const remainingMs = Math.floor(deadline - performance.now());
      // It was dropped from the queue and nothing was stored, so the present leader may take it.
      if (reply.code === 'not-leader' && unplaced !== undefined && forwarded === undefined && remainingMs >= 1)
        this.#appendAnywhere(plain, { ...asked, messages: unplaced, timeoutMs: remainingMs });
      else this.#refuse(plain, new LogError(reply.code, reply.detail, reply.facts));
    });
    plain.whenGone(() => driver.abandon(id));
  }

  /** Here or at the leader, with all that may happen meanwhile. */
  #appendAnywhere(plain: PlainResponse, asked: Omit<AppendCall, 'key' | 'forwarded' | 'caller' | 'trace' | 'onGone'> & QuickAppend): void {
    const { messages, keys, isMany, w, timeoutMs, ifEpoch, headerKey, forwarded } = asked;
    const onGone = (callback: () => void): void => plain.whenGone(callback);
    const { caller, trace } = plain;
    append(this.#node, { messages, w, timeoutMs, ifEpoch, key: headerKey, keys, forwarded, caller, trace, onGone }).then(
      (result) => this.#answer(plain, { w, isMany, ...result }),
      (error: unknown) => this.#refuse(plain, error),
    );
  }

  #answer(plain: PlainResponse, appended: AppendAnswer): void {
    const { status, body } = plain.dialect.appended(appended);
    plain.trace?.answered({ status, offset: appended.offset, acks: appended.acks });
    this.#send(plain, { status, text: jsonAnswer(body), contentType: jsonType, more: ['location', entryPath(appended.offset)] });
  }

  #refuse(plain: PlainResponse, error: unknown): void {
    const failure = this.#failureOf(error, messagesPath, plain.address);
    const refusal = refusalOf(failure, messagesPath, plain.dialect);
    plain.trace?.refused({ status: refusal.status, problem: failure.code });
    this.#send(plain, refusal);
  }

  #failureOf(error: unknown, url: string, address: string | undefined): LogError {
    const failure = asLogError(error);
    if (failure.code === 'internal-error') this.#log.error({ err: error, method: 'POST', url }, 'request.failed');
    this.#node.refusals.sawFailure(failure, address);
    return failure;
  }

  #send(to: Pick<Exchange, 'answer'>, { status, contentType, text, more }: Answer): void {
    const headers = ['content-type', contentType, 'content-length', String(Buffer.byteLength(text)), ...more];
    to.answer({ status, headers, text, isLast: this.#due.isClosing });
  }
}

function refusalOf(failure: LogError, path: string, dialect: Dialect): Answer {
  const { status, headers, body } = problemResponse(failure, path, dialect);
  const after = headers['retry-after'];
  return { status, text: body, contentType: headers['content-type'], more: after === undefined ? [] : ['retry-after', after] };
}

/** The answer to a plain request, which is the only one in progress at its place. */
class PlainResponse {
  /** The dialect in which it is answered. */
  readonly dialect: Dialect;
  /** Who asks. */
  readonly caller: Caller;
  /** What it uses of its client's budget, where that is limited. */
  use: ClientUse | undefined;
  /** `undefined` if nobody follows it. */
  trace: AppendTrace | undefined;
  readonly #exchange: Exchange;
  readonly #place: Place;
  readonly #given: () => void;
  #isAnswered = false;

  /** @param parts.given - called once the answer is sent, or dropped because the client has gone */
  constructor(
    exchange: Exchange,
    parts: { readonly place: Place; readonly dialect: Dialect; readonly caller: Caller; readonly given: () => void },
  ) {
    this.dialect = parts.dialect;
    this.caller = parts.caller;
    this.#exchange = exchange;
    this.#place = parts.place;
    this.#given = parts.given;
  }

  get address(): string | undefined {
    return this.#exchange.socket.remoteAddress;
  }

  get isGone(): boolean {
    return this.#exchange.isGone;
  }

  answer(answer: ExchangeAnswer): void {
    this.#isAnswered = true;
    if (!this.#exchange.isGone) this.#exchange.answer(answer);
    this.#place.onGone = undefined;
    this.use?.end();
    this.#given();
  }

  /** Sets what to do if the client disconnects before it is answered. */
  whenGone(callback: () => void): void {
    if (this.#isAnswered) return;
    const { use, trace } = this;
    this.#place.onGone =
      use === undefined && trace === undefined
        ? callback
        : () => {
            use?.end();
            trace?.left();
            callback();
          };
  }
}
