/** Options and types of the client, besides the documents of `api`. Nothing else of the server is needed to use it. */

import type { WriteConcern } from '../api/entries.ts';
import type { LogAppendManyOptions, LogAppendOptions, LogCallOptions, LogFollowOptions, LogReadOptions } from './log.ts';
import type { ProblemError } from './problem-error.ts';
import type { ClientLogger, RetryReport } from './reports.ts';
import type { GivenToken } from './token.ts';

/** Options of a `LogClient`. */
export interface ClientOptions {
  /**
   * URLs of nodes, like `http://localhost:5000`, all of one cluster. One is enough; the first one is used for as long
   * as it answers.
   */
  readonly urls: string | readonly string[];
  /** Write concern of appends that do not give one. By default that of the node: `majority`, or `all` with a fixed master. */
  readonly w?: WriteConcern;
  /** Timeout of calls that do not give one, in milliseconds; 30,000 by default. `Infinity` as for a call. */
  readonly timeoutMs?: number;
  /**
   * Sent as `Authorization: Bearer` to every node that the client asks, learned ones too, as nodes with tokens need it. A
   * function is called before each request, and once more if its token is refused, so that a token can be replaced.
   */
  readonly token?: GivenToken | undefined;
  /**
   * Called in each append that gives no `traceparent` of its own, for that of the trace which is being recorded, if there
   * is one.
   */
  readonly traceparent?: (() => string | undefined) | undefined;
  /**
   * Whether a failure that may pass is retried, at another node if there is one; `true` by default. With `false`
   * everything is sent once, to the first node, each append alone and without a key unless it has its own: then no
   * request that the caller does not know of can store anything.
   */
  readonly retry?: boolean | undefined;
  /**
   * How many messages may be given to `append` and its like and not be answered yet; 100,000 by default. One more fails
   * with `too-many-pending`, and is not sent. `Infinity`: no limit but the memory. A single call may always have as many
   * as it likes if nothing else is pending.
   */
  readonly maxPending?: number | undefined;
  /** Called before anything is tried again, whichever call it is for. If it throws, the call fails with that. */
  readonly onRetry?: ((reason: ProblemError, retry: RetryReport) => void) | undefined;
  /** Told of each request (`debug`) and of each retry (`warn`). */
  readonly logger?: ClientLogger | undefined;
  /**
   * Whether to ask the nodes for the others, and use those too when a node fails; by default `true`, except in a page
   * in a browser. An address is used only once its member has answered there. With `false` only the nodes in `urls` are
   * used.
   */
  readonly learnNodes?: boolean | undefined;
  /** Used instead of the global `fetch`. */
  readonly fetch?: Fetch;
}

/** The part of `fetch` that the client uses; the global one will do. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** What the client gives to `fetch` beside the URL. */
export interface FetchInit {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly redirect: 'error';
  readonly cache: 'no-store';
}

/** The part of a `Response` that the client uses. */
export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly body: ReadableStream<Uint8Array> | null;
  /** The whole body as text. */
  text(): Promise<string>;
}

/** What waiting for an answer over HTTP adds. */
interface SilenceOptions {
  /**
   * A node that takes longer than this to answer is given up, in milliseconds; by default a second longer than the
   * timeout. `Infinity`: no limit. With `retry`, a silent node is left sooner if another one answers.
   */
  readonly silenceMs?: number | undefined;
}

export interface CallOptions extends LogCallOptions, SilenceOptions {}

/** What an append over HTTP adds. */
interface SentOptions extends SilenceOptions {
  /**
   * The trace that it belongs to, as the header of W3C Trace Context has it. Appends may share a request: that is in the
   * trace of the first one which is sampled.
   */
  readonly traceparent?: string | undefined;
  /** Called with the reason before each retry; not when the append fails for good. If it throws, the append fails with that. */
  readonly onRetry?: ((reason: ProblemError) => void) | undefined;
}

/** Options of `append`. */
export interface AppendOptions extends LogAppendOptions, SentOptions {}

/** Options of `appendMany` and `appendTexts`. */
export interface AppendManyOptions extends LogAppendManyOptions, SentOptions {}

/** Options of `read`. */
export interface ReadOptions extends LogReadOptions, SilenceOptions {}

/** Options of `readTexts`: those of `read` without pages. */
export type ReadTextsOptions = Omit<ReadOptions, 'pageEntries'>;

/** Options of `follow` and `followTexts`. */
export interface FollowOptions extends LogFollowOptions {
  /**
   * A connection that is silent for this long is given up, in milliseconds. By default the node is asked after 12
   * seconds of silence whether it is there, and left if it does not answer within one more; one that answers is given up
   * after three of its heartbeats without one.
   */
  readonly silenceMs?: number | undefined;
  /** Called with the reason whenever it reconnects. */
  readonly onRetry?: ((reason: ProblemError) => void) | undefined;
}
