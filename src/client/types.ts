/** What calls of the client take, beside the documents of `api`: nothing else of the server is needed to use it. */

import type { Appended, ReadLevel, WriteConcern } from '../api/entries.ts';
import type { ProblemError } from './problem-error.ts';

export interface AppendedMany extends Appended {
  /** They have the offsets from `offset` up to, not including, `offset + count`. */
  readonly count: number;
}

export interface ClientOptions {
  /** Where nodes are, like `http://localhost:5000`: all of one cluster. The first one is asked while it answers; one is enough. */
  readonly urls: string | readonly string[];
  /** For appends that don't say. Without it the node's own default, which is `all`. */
  readonly w?: WriteConcern;
  /** For calls that don't say, in milliseconds: 30,000 without it. `Infinity` as for a call. */
  readonly timeoutMs?: number;
  /**
   * Whether what fails in a way that may pass is tried again, at another node where there is one: `true` without it.
   * `false`: everything is sent once, to the first node, each append alone and under no key but its own. Nothing is then
   * stored by a request of which the caller does not hear.
   */
  readonly retry?: boolean | undefined;
  /**
   * Whether it asks the nodes for the others, and turns to these as well when a node fails: `true` without it, but in a page
   * of a browser. An address is used once the member answered there. `false`: those in `urls` are all that is asked.
   */
  readonly learnNodes?: boolean | undefined;
  /** In place of the global one. */
  readonly fetch?: Fetch;
}

/** As much of `fetch` as the client uses: the global one is one of these. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

export interface FetchInit {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly signal: AbortSignal;
  readonly redirect: 'error';
  readonly cache: 'no-store';
}

export interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: Pick<Headers, 'get'>;
  readonly body: ReadableStream<Uint8Array> | null;
  text(): Promise<string>;
}

export interface CallOptions {
  /** Gives up. What was sent by then may have happened. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long to go on trying, in whole milliseconds from 1 to 600,000. For an append: how long until it is sent, and how
   * long from then on until it is held. `Infinity`: for ever; an append is then held for as long as the node's own
   * setting says.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * A node that takes longer than this to answer is given up, in milliseconds. Without it: who has a second more than its
   * time. `Infinity`: nobody is given up.
   */
  readonly silenceMs?: number | undefined;
}

export interface AppendOptions extends CallOptions {
  readonly w?: WriteConcern | undefined;
  /**
   * Makes it harmless to append the same once more, in another process too: the same key again is not stored again.
   * The client's own retries need none. It is sent alone, not together with others. 1 to 255 characters.
   */
  readonly idempotencyKey?: string | undefined;
  /** Told why it is tried again, each time; not if it fails for good. If this throws, the append fails with what was thrown. */
  readonly onRetry?: ((reason: ProblemError) => void) | undefined;
}

export interface ReadTextsOptions extends CallOptions {
  /** Offset of the first entry: 0 without it. */
  readonly from?: number | undefined;
  /** At most so many entries: all without it. */
  readonly limit?: number | undefined;
  /** Without it `default`. */
  readonly level?: ReadLevel | undefined;
}

export interface ReadOptions extends ReadTextsOptions {
  /** Entries in a page, at most: 1,000 without it. */
  readonly pageEntries?: number | undefined;
}

export interface FollowOptions {
  /** Offset of the first entry: 0 without it. */
  readonly from?: number | undefined;
  /** Without it `committed`. */
  readonly level?: ReadLevel | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * A connection on which nothing comes for so long is given up, in milliseconds. Without it three heartbeats of the node:
   * 15,000 at one of equal nodes, 45,000 at a master or a secondary, unless its LISTENER_HEARTBEAT_MS says otherwise.
   */
  readonly silenceMs?: number | undefined;
  /** Told why it connects again, each time. */
  readonly onRetry?: ((reason: ProblemError) => void) | undefined;
}
