/**
 * Sends requests to whichever node answers, and retries them while that is safe, worthwhile and allowed. Every request
 * is harmless to repeat, or has an idempotency key.
 */

import { dialectHeader } from '../api/headers.ts';
import { leaderPath } from '../api/paths.ts';
import { NodeDiscovery } from './node-discovery.ts';
import { Nodes } from './nodes.ts';
import { Answer, BrokenAnswer } from './answer.ts';
import { ProblemError } from './problem-error.ts';
import { isGone, nextTry, retryAfterOf } from './retrying.ts';
import type { FailedTry, NextTry } from './retrying.ts';
import { Doubted, doubtAfterMs, leaderWithinMs, quietAfterMs, silentRestMs, watchQuiet, watchSilence } from './silence.ts';
import type { Standing } from './silence.ts';
import { Reports } from './reports.ts';
import { askAfterMs } from './patience.ts';
import { ClientToken } from './token.ts';
import type { RetryReport } from './reports.ts';
import type { ClientOptions, Fetch, FetchAnswer, FetchInit } from './types.ts';

/** How much later than its timeout a node may answer. */
export const slackMs = 1000;

/** Timeout of requests that look for nodes, which may not be there. */
const lookWithinMs = 2000;

/** Status of a token that is not valid. */
const unauthorized = 401;

/** The connection was never made: nothing was sent. */
const notConnected: ReadonlySet<string | undefined> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export interface Call<Result> {
  readonly method: FetchInit['method'];
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @param remainingMs - until the deadline, in whole milliseconds */
  readonly body?: (remainingMs: number) => string;
  /** How long to keep trying; `Infinity`: for ever. */
  readonly timeoutMs: number;
  /** How long a node may take to answer; by default a second longer than the remaining time. */
  readonly silenceMs?: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called with the reason before each further try. */
  readonly onRetry?: (reason: ProblemError) => void;
  /** Reads the result from a successful answer. If it throws, the answer counts as broken. */
  readonly read: (answer: Answer) => Promise<Result>;
}

export interface Failure {
  readonly problem: ProblemError;
  /** URL of a node that is known to be better. */
  readonly turnTo?: string;
}

export type Tried<Result> = { readonly result: Result } | (Failure & { readonly retryAfterMs: number | undefined });

export type Request<Result> = Omit<Call<Result>, 'body' | 'timeoutMs' | 'silenceMs' | 'onRetry'> & { readonly body?: string | undefined };

export interface Limits {
  readonly doubtAfterMs: number;
  readonly quietAfterMs: number;
  readonly askAfterMs: number;
}

/** Gets a function that gives up a request before its answer begins; returns one to call when it begins. */
type Watch = (giveUp: (why: Doubted) => void) => () => void;

/** A page can call only the node that it came from: the others do not allow requests from other origins. */
const isInPage = 'document' in globalThis;

export class NodeCaller {
  readonly nodes: Nodes;
  readonly fetch: Fetch;
  /** Failed requests are sent again. */
  readonly retries: boolean;
  readonly #token: ClientToken;
  readonly #reports: Reports;
  readonly #limits: Limits;
  /** `undefined`: only the given nodes are used. */
  readonly #discovery: NodeDiscovery | undefined;

  constructor(
    {
      urls,
      fetch = globalThis.fetch,
      retry = true,
      learnNodes = !isInPage,
      token,
      logger,
      onRetry,
    }: Pick<ClientOptions, 'urls' | 'fetch' | 'retry' | 'learnNodes' | 'token' | 'logger' | 'onRetry'>,
    limits: Partial<Limits> = {},
  ) {
    this.nodes = new Nodes(urls);
    this.#token = new ClientToken(token);
    if (this.#token.isGiven && this.nodes.havePassword) {
      throw new TypeError('a token and a password in a URL are sent in the same header: only one of them can be given');
    }
    this.fetch = fetch;
    this.retries = retry;
    this.#reports = new Reports({ logger, onRetry });
    this.#limits = { doubtAfterMs, quietAfterMs, askAfterMs, ...limits };
    const get = (url: string, path: string): Promise<unknown> => this.#get(url, path);
    this.#discovery = retry && learnNodes ? new NodeDiscovery({ nodes: this.nodes, get }) : undefined;
  }

  /** The node answered, so it can be asked for the others. */
  heardFrom(url: string): void {
    this.#discovery?.heardFrom(url, performance.now());
  }

  /** @throws ProblemError, or the signal's reason */
  async call<Result>(call: Call<Result>): Promise<Result> {
    const deadline = performance.now() + call.timeoutMs;
    let isUnknown = false;
    for (let failedBefore = 0; ; failedBefore += 1) {
      const url = this.nodes.current;
      const remainingMs = Math.max(1, Math.ceil(deadline - performance.now()));
      const tried = await this.ask(url, { ...call, body: call.body?.(remainingMs) }, call.silenceMs ?? remainingMs + slackMs);
      if ('result' in tried) {
        this.heardFrom(url);
        return tried.result;
      }
      call.signal?.throwIfAborted();
      const { problem } = tried;
      isUnknown ||= problem.outcome === 'unknown';
      const next = this.nextTry({ ...tried, failedBefore });
      const now = performance.now();
      let waitMs = next?.waitMs ?? 0;
      if (next?.isElsewhere === true) waitMs += this.leave(url, tried, { now, restMs: next.restMs });
      // A later refusal does not undo what an earlier try may have done.
      const failure = isUnknown && problem.outcome === 'rejected' ? problem.with({ outcome: 'unknown' }) : problem;
      if (next === undefined || now + waitMs >= deadline) throw failure;
      call.onRetry?.(problem);
      this.retrying(call, { url, failures: failedBefore + 1, waitMs, reason: problem });
      await pause(waitMs, call.signal);
    }
  }

  /** Told before each pause. If it throws, the call fails with that. */
  retrying({ method, path }: Pick<Request<unknown>, 'method' | 'path'>, retry: Omit<RetryReport, 'request' | 'next'>): void {
    this.#reports.retrying({ request: `${method} ${withoutQuery(path)}`, next: this.nodes.current, ...retry });
  }

  /** Whether the node answers at all. Never rejects. */
  async answers(url: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#standingOf(url, signal)) !== undefined;
  }

  /** @returns `undefined` if another try is not worthwhile, or not wanted */
  nextTry(failure: Omit<FailedTry, 'nodeCount'>): NextTry | undefined {
    return this.retries ? nextTry({ ...failure, nodeCount: this.nodes.count }, Math.random()) : undefined;
  }

  /** Turns to another node. @returns how long until it may be asked */
  leave(url: string, { problem, turnTo }: Failure, times: { readonly now: number; readonly restMs: number }): number {
    const waitMs = isGone(problem) ? this.nodes.leaveGone(url, times) : this.nodes.leave(url, times);
    if (turnTo === undefined) return waitMs;
    this.nodes.turnTo(turnTo);
    return 0;
  }

  /** The same as `try`, for a request that is harmless to send twice: a silent node is given up if another one is better. */
  ask<Result>(url: string, request: Request<Result>, timeoutMs: number): Promise<Tried<Result>> {
    if (!this.retries) return this.try(url, request, timeoutMs);
    return this.try(url, request, timeoutMs, (giveUp) =>
      watchSilence({
        url,
        others: () => this.nodes.othersThan(url, performance.now()),
        standingOf: (node, signal) => this.#standingOf(node, signal),
        giveUp,
        afterMs: this.#limits.doubtAfterMs,
      }),
    );
  }

  /** Watches a stream that is open at a node. @returns to be called when the stream is over */
  watchQuiet(url: string, { isQuiet, giveUp }: { readonly isQuiet: () => boolean; readonly giveUp: (why: Doubted) => void }): () => void {
    if (!this.retries) return () => undefined;
    return watchQuiet({
      ...{ url, isQuiet, giveUp, afterMs: this.#limits.quietAfterMs },
      others: () => this.nodes.othersThan(url, performance.now()),
      standingOf: (node, signal) => this.#standingOf(node, signal),
    });
  }

  get limits(): Limits {
    return this.#limits;
  }

  /** A node that answers without naming a leader knows of none. An older version without this route counts as such. */
  async #standingOf(url: string, signal: AbortSignal): Promise<Standing | undefined> {
    const tried = await this.try(url, { method: 'GET', path: leaderPath, signal, read: standingIn }, leaderWithinMs);
    if ('result' in tried) return tried.result;
    return tried.problem.status === undefined ? undefined : { leader: null };
  }

  async #get(url: string, path: string): Promise<unknown> {
    const tried = await this.try(url, { method: 'GET', path, signal: undefined, read: (answer) => answer.json() }, lookWithinMs);
    return 'result' in tried ? tried.result : undefined;
  }

  /**
   * Sends one request to one node.
   * @param timeoutMs - until the answer has been read, not only begun; `Infinity`: no limit
   */
  async try<Result>(url: string, request: Request<Result>, timeoutMs: number, watch?: Watch): Promise<Tried<Result>> {
    const begunAt = performance.now();
    const tried = await this.#try(url, request, timeoutMs, watch);
    const { method, path } = request;
    const { status, code } = 'problem' in tried ? tried.problem : { status: undefined, code: undefined };
    this.#reports.requested({ method, path: withoutQuery(path), url, ms: performance.now() - begunAt, status, code });
    return tried;
  }

  async #try<Result>(url: string, request: Request<Result>, timeoutMs: number, watch: Watch | undefined): Promise<Tried<Result>> {
    const { method, path, signal, read } = request;
    // Not AbortSignal.timeout, whose timer would stay until the longest timeout, even after the answer.
    const limit = new AbortController();
    const abort = (): void => limit.abort(signal?.reason);
    const silent = new Error(`it said nothing for ${Math.round(timeoutMs)} ms`);
    const timer = timeoutMs === Infinity ? undefined : setTimeout(() => limit.abort(silent), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    const begun = watch?.((why) => limit.abort(why));
    try {
      signal?.throwIfAborted();
      const response = await this.#send(url, request, limit.signal);
      begun?.();
      const answer = new Answer(response, { url, path });
      if (response.ok) return { result: await read(answer) };
      return { problem: await answer.refusal(), retryAfterMs: retryAfterOf(answer.headers.get('retry-after'), Date.now()) };
    } catch (error) {
      if (error instanceof ProblemError) return { problem: error, retryAfterMs: undefined };
      const reason: unknown = limit.signal.aborted ? limit.signal.reason : error;
      const problem = failed(url + path, reason, method);
      if (reason instanceof Doubted) return { problem, retryAfterMs: silentRestMs, turnTo: reason.turnTo };
      // The node may be silent for the next request as well.
      return { problem, retryAfterMs: reason === silent && this.nodes.count > 1 ? silentRestMs : undefined };
    } finally {
      begun?.();
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** With the token as it is now. */
  async #send(url: string, request: Request<unknown>, signal: AbortSignal): Promise<FetchAnswer> {
    if (!this.#token.isGiven) return this.#fetch(url, request, { authorization: undefined, signal });
    const authorization = await unlessAborted(this.#token.authorization(), signal);
    const response = await this.#fetch(url, request, { authorization, signal });
    if (response.status !== unauthorized || !this.#token.mayChange) return response;
    const now = await unlessAborted(this.#token.authorization(), signal);
    if (now === authorization) return response;
    // The first answer is not of interest any more, but its connection is.
    await response.text();
    return this.#fetch(url, request, { authorization: now, signal });
  }

  #fetch(
    url: string,
    { method, path, headers = {}, body }: Request<unknown>,
    { authorization, signal }: { readonly authorization: string | undefined; readonly signal: AbortSignal },
  ): Promise<FetchAnswer> {
    const { fetch } = this;
    return fetch(url + path, {
      method,
      signal,
      headers: {
        ...headers,
        ...this.nodes.headersFor(url),
        ...(authorization !== undefined && { authorization }),
        // The native dialect, whatever the node's own is.
        [dialectHeader]: 'native',
      },
      redirect: 'error',
      cache: 'no-store',
      ...(body === undefined ? {} : { body }),
    });
  }
}

function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

async function standingIn(answer: Answer): Promise<Standing> {
  const { id, epoch } = (await answer.json()) as Partial<NonNullable<Standing['leader']>>;
  return { leader: typeof id === 'string' && typeof epoch === 'number' ? { id, epoch } : null };
}

/** @param where - URL of the request */
function failed(where: string, error: unknown, method: FetchInit['method']): ProblemError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const isHarmless = method === 'GET' || (!(error instanceof BrokenAnswer) && notConnected.has(codeOf(cause)));
  const { code, detail } =
    error instanceof BrokenAnswer
      ? { code: error.code, detail: error.message }
      : { code: 'unreachable' as const, detail: `no answer from ${where}: ${reasonOf(cause)}` };
  return new ProblemError({ code, detail, outcome: isHarmless ? 'rejected' : 'unknown', retryable: true }, { cause: error });
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code !== undefined && !code.startsWith('UND_')) return code;
  return error instanceof Error ? error.message || error.name : String(error);
}

/** The system's error code. */
function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** @throws the signal's reason */
function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** @throws the signal's reason */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason as Error);
      return;
    }
    const end = (): void => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const timer = setTimeout(end, ms);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
