/**
 * Requests to whichever node answers, tried again while that is safe, worth it and allowed. What goes out is either
 * harmless to repeat or carries an idempotency key.
 */

import { dialectHeader } from '../api/headers.ts';
import { healthPath } from '../api/paths.ts';
import { Nodes } from './nodes.ts';
import { ProblemError, problemIn } from './problem-error.ts';
import { nextTry, retryAfterOf } from './retrying.ts';
import { Doubted, doubtAfterMs, healthWithinMs, silentRestMs, watchSilence } from './silence.ts';
import type { Standing } from './silence.ts';
import type { ClientOptions } from './types.ts';

/** How much later than it was told to a node may answer. */
const slackMs = 1000;

/** The connection was never made: nothing was sent. */
const notConnected: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export interface Call<Result> {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @param remainingMs - until the time is over, whole milliseconds */
  readonly body?: (remainingMs: number) => string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  /** Takes the result out of a successful answer. What it throws is a broken answer. */
  readonly read: (response: Response) => Promise<Result>;
}

export type Tried<Result> =
  | { readonly result: Result }
  | {
      readonly problem: ProblemError;
      readonly retryAfterMs: number | undefined;
      /** Who is known to be better. */
      readonly turnTo?: string;
    };

export type Request<Result> = Omit<Call<Result>, 'body' | 'timeoutMs'> & { readonly body?: string | undefined };

export class NodeCaller {
  readonly nodes: Nodes;
  readonly fetch: typeof globalThis.fetch;
  readonly #doubtAfterMs: number;

  constructor({ urls, fetch = globalThis.fetch }: Pick<ClientOptions, 'urls' | 'fetch'>, limits = { doubtAfterMs }) {
    this.nodes = new Nodes(urls);
    this.fetch = fetch;
    this.#doubtAfterMs = limits.doubtAfterMs;
  }

  /** @throws ProblemError, or the signal's reason */
  async call<Result>(call: Call<Result>): Promise<Result> {
    const deadline = performance.now() + call.timeoutMs;
    let isUnknown = false;
    for (let failedBefore = 0; ; failedBefore += 1) {
      const url = this.nodes.current;
      const remainingMs = Math.max(1, Math.ceil(deadline - performance.now()));
      const tried = await this.ask(url, { ...call, body: call.body?.(remainingMs) }, remainingMs + slackMs);
      if ('result' in tried) return tried.result;
      call.signal?.throwIfAborted();
      const { problem } = tried;
      isUnknown ||= problem.outcome === 'unknown';
      const next = nextTry({ ...tried, failedBefore, nodeCount: this.nodes.count }, Math.random());
      const now = performance.now();
      let waitMs = next?.waitMs ?? 0;
      if (next?.isElsewhere === true) waitMs += this.leave(url, tried, { now, restMs: next.restMs });
      // What an earlier try left behind is not undone by a later refusal.
      const failure = isUnknown && problem.outcome === 'rejected' ? problem.with({ outcome: 'unknown' }) : problem;
      if (next === undefined || now + waitMs >= deadline) throw failure;
      await pause(waitMs, call.signal);
    }
  }

  /** Passes on to another node. @returns how long until one may be asked */
  leave(url: string, { turnTo }: { readonly turnTo?: string }, times: { readonly now: number; readonly restMs: number }): number {
    const waitMs = this.nodes.leave(url, times);
    if (turnTo === undefined) return waitMs;
    this.nodes.turnTo(turnTo);
    return 0;
  }

  /** The same as `try`, for what is harmless to send twice: a node that says nothing is given up if another one is better. */
  ask<Result>(url: string, request: Request<Result>, timeoutMs: number): Promise<Tried<Result>> {
    return this.try(url, request, timeoutMs, (giveUp) =>
      watchSilence({
        url,
        others: this.nodes.othersThan(url, performance.now()),
        standingOf: (node, signal) => this.#standingOf(node, signal),
        giveUp,
        afterMs: this.#doubtAfterMs,
      }),
    );
  }

  async #standingOf(url: string, signal: AbortSignal): Promise<Standing | undefined> {
    const tried = await this.try(url, { method: 'GET', path: healthPath, signal, read: standingIn }, healthWithinMs);
    return 'result' in tried ? tried.result : undefined;
  }

  /**
   * One request to one node.
   * @param timeoutMs - until the answer is read, not only begun
   * @param watch - told how to give it up before its answer begins; returns what is called when it does
   */
  async try<Result>(
    url: string,
    { method, path, headers = {}, body, signal, read }: Request<Result>,
    timeoutMs: number,
    watch?: (giveUp: (why: Doubted) => void) => () => void,
  ): Promise<Tried<Result>> {
    // Not AbortSignal.timeout: its timers stay for as long as the longest answer may take.
    const limit = new AbortController();
    const abort = (): void => limit.abort(signal?.reason);
    const silent = new Error(`nothing within ${Math.round(timeoutMs)} ms`);
    const timer = setTimeout(() => limit.abort(silent), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    const begun = watch?.((why) => limit.abort(why));
    try {
      signal?.throwIfAborted();
      const { fetch } = this;
      const response = await fetch(url + path, {
        method,
        signal: limit.signal,
        // Whatever shapes the node answers others in.
        headers: { ...headers, ...this.nodes.headersFor(url), [dialectHeader]: 'native' },
        redirect: 'error',
        cache: 'no-store',
        ...(body === undefined ? {} : { body }),
      });
      begun?.();
      if (response.ok) return { result: await read(response) };
      return { problem: await refusal(response), retryAfterMs: retryAfterOf(response.headers.get('retry-after'), Date.now()) };
    } catch (error) {
      if (error instanceof ProblemError) return { problem: error, retryAfterMs: undefined };
      const reason: unknown = limit.signal.aborted ? limit.signal.reason : error;
      const problem = unreachable(url, reason, method);
      if (reason instanceof Doubted) return { problem, retryAfterMs: silentRestMs, turnTo: reason.turnTo };
      // It may be silent for the next request as well.
      return { problem, retryAfterMs: reason === silent && this.nodes.count > 1 ? silentRestMs : undefined };
    } finally {
      begun?.();
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }
}

async function standingIn(response: Response): Promise<Standing> {
  const { leader } = (await response.json()) as Partial<Standing>;
  return { leader: leader ?? null };
}

/** What a refusing answer says. */
async function refusal(response: Response): Promise<ProblemError> {
  const { status } = response;
  const problem = problemIn(await response.text(), status);
  if (problem !== undefined) return problem;
  // Something between here and the node: whether it passed the request on nobody knows.
  const isTransient = status >= 500 || status === 429 || status === 408;
  return new ProblemError({
    code: 'bad-answer',
    detail: `${response.url} answered ${status}, and not as a node of the log does`,
    outcome: isTransient ? 'unknown' : 'rejected',
    retryable: isTransient,
    status,
  });
}

function unreachable(url: string, error: unknown, method: 'GET' | 'POST'): ProblemError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  const isHarmless = method === 'GET' || notConnected.has(code);
  return new ProblemError(
    { code: 'unreachable', detail: `no answer from ${url}: ${reason}`, outcome: isHarmless ? 'rejected' : 'unknown', retryable: true },
    { cause: error },
  );
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
