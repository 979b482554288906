/**
 * What a client tells of its work besides its answers: to a logger, and in Node to the channels of `node:diagnostics_channel`
 * that are named here, by which tools follow a program. In browsers there are no such channels.
 */

import type { ProblemCode, ProblemError } from './problem-error.ts';

/** Each request, once it is answered or given up. */
const requestChannel = 'replicated-log:request';
/** Each failure after which something is tried again. */
const retryChannel = 'replicated-log:retry';

/** One request that was answered, or failed. */
export interface RequestReport {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** URL of the node. */
  readonly url: string;
  readonly ms: number;
  /** Of a refusal; `undefined` if there was none. */
  readonly status: number | undefined;
  /** Why it failed; `undefined` if it did not. */
  readonly code: ProblemCode | undefined;
}

/** What is going to be tried again. */
export interface RetryReport {
  /** What is tried again: `POST /messages`, for instance. */
  readonly request: string;
  /** URL of the node that failed. */
  readonly url: string;
  /** URL of the node that is asked next. */
  readonly next: string;
  /** How many times it has failed. */
  readonly failures: number;
  readonly waitMs: number;
  readonly reason: ProblemError;
}

/** The part of a logger that is used, like that of pino, or the console. It must not throw. */
export interface ClientLogger {
  /** Each request. */
  debug(facts: object, message: string): void;
  /** Each retry. */
  warn(facts: object, message: string): void;
}

/** The part of `node:diagnostics_channel` that is used. */
interface Channel {
  readonly hasSubscribers: boolean;
  publish(report: unknown): void;
}

export interface ReportsParts {
  readonly logger: ClientLogger | undefined;
  readonly onRetry: ((reason: ProblemError, retry: RetryReport) => void) | undefined;
}

export class Reports {
  readonly #logger: ClientLogger | undefined;
  readonly #onRetry: ReportsParts['onRetry'];
  readonly #requests = channelOf(requestChannel);
  readonly #retries = channelOf(retryChannel);

  constructor({ logger, onRetry }: ReportsParts) {
    this.#logger = logger;
    this.#onRetry = onRetry;
  }

  requested(report: RequestReport): void {
    if (this.#requests?.hasSubscribers === true) this.#requests.publish(report);
    this.#logger?.debug(report, 'log.requested');
  }

  /** If the caller's `onRetry` throws, the call fails with that. */
  retrying(report: RetryReport): void {
    if (this.#retries?.hasSubscribers === true) this.#retries.publish(report);
    const { reason, ...facts } = report;
    const { code, outcome, detail } = reason;
    this.#logger?.warn({ ...facts, code, outcome, detail }, 'log.retried');
    this.#onRetry?.(reason, report);
  }
}

/** Asked for at run time, since an import of it would break browsers. `undefined` there, and in Node before 20.16. */
function channelOf(name: string): Channel | undefined {
  const { process } = globalThis as { readonly process?: { readonly getBuiltinModule?: (id: string) => unknown } };
  const diagnostics = process?.getBuiltinModule?.('node:diagnostics_channel') as { channel(name: string): Channel } | undefined;
  return diagnostics?.channel(name);
}
