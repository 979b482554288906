/** The client: appends to, reads and follows a log, at whichever of its nodes answers. */

import { jsonMediaType } from '../api/media-types.ts';
import { healthPath, messagesPath, retentionPath } from '../api/paths.ts';
import { AppendPipeline } from './append-pipeline.ts';
import { bytesMaxOf } from './batching.ts';
import { NodeCaller } from './node-caller.ts';
import {
  needChoice,
  needEpoch,
  needJson,
  needKey,
  needKeys,
  needMaxPending,
  needOffset,
  needRetention,
  needSilence,
  needTimeout,
  needW,
} from './checks.ts';
import { followTexts } from './follow.ts';
import { checkOptions } from './known-options.ts';
import { jsonOf } from './plain-json.ts';
import type { AppendedMany, Log } from './log.ts';
import { ProblemError } from './problem-error.ts';
import { readPages } from './read.ts';
import { readTexts } from './read-texts.ts';
import { needTraceparent } from './trace-parent.ts';
import type { Appended, Entry, WriteConcern } from '../api/entries.ts';
import type { Health as Status } from '../api/health.ts';
import type { Retention, RetentionRequest, Trimmed } from '../api/retention.ts';
import type { Call } from './node-caller.ts';
import type {
  AppendManyOptions,
  AppendOptions,
  CallOptions,
  ClientOptions,
  FollowOptions,
  ReadOptions,
  ReadTextsOptions,
} from './types.ts';

const timeoutMsDefault = 30_000;
const maxPendingDefault = 100_000;
/** A key that the client draws is no longer than this. */
const longestDrawn = '0'.repeat(48);

export class LogClient implements Log {
  readonly #caller: NodeCaller;
  readonly #pipeline: AppendPipeline;
  readonly #w: WriteConcern | undefined;
  readonly #timeoutMs: number;
  readonly #maxPending: number;
  readonly #traceparent: ClientOptions['traceparent'];

  /** @throws TypeError, RangeError if an option is wrong */
  constructor(options: ClientOptions) {
    checkOptions('client', options);
    this.#caller = new NodeCaller(options);
    this.#w = needW(options.w);
    this.#timeoutMs = needTimeout(options.timeoutMs ?? timeoutMsDefault);
    this.#maxPending = needMaxPending(options.maxPending ?? maxPendingDefault);
    this.#traceparent = options.traceparent;
    const name = randomName();
    let count = 0;
    this.#pipeline = new AppendPipeline(this.#caller, () => `${name}-${(count += 1)}`);
  }

  /** Messages that were given to `append` and its like, and have not been answered yet. */
  get pending(): number {
    return this.#pipeline.pending;
  }

  /**
   * Appends one message, which may be any JSON value, and resolves when as many nodes as `w` says have flushed it.
   *
   * Messages get their offsets in the order of the calls. Appends that wait while a request is in progress share the
   * next one; each gets its own answer. A failure that may pass is retried, under a key, so that nothing is stored
   * twice.
   * @throws ProblemError; the signal's reason; TypeError or RangeError if the message is not a JSON value or an option
   * is wrong
   */
  async append(message: unknown, options: AppendOptions = {}): Promise<Appended> {
    checkOptions('append', options);
    const { offset, epoch, w, acks } = await this.#append([jsonOf(message)], options);
    return { offset, epoch, w, acks };
  }

  /**
   * Appends several messages as one batch, with consecutive offsets: all or nothing. At least one, at most 100,000. With
   * `keys`, messages whose keys are known keep their places, and only the others are stored.
   * @throws ProblemError: `upgrade-pending` for `keys`, while a node of the cluster has a version that does not know them
   */
  async appendMany(messages: readonly unknown[], options: AppendManyOptions = {}): Promise<AppendedMany> {
    checkOptions('appendMany', options);
    return this.#append(messages.map(jsonOf), options);
  }

  /**
   * The same for messages that are JSON texts already. They are sent as they are written, so numbers that JavaScript
   * would round, and values too deep for it, stay what they are.
   */
  async appendTexts(texts: readonly string[], options: AppendManyOptions = {}): Promise<AppendedMany> {
    checkOptions('appendMany', options);
    return this.#append(texts.map(needJson), options);
  }

  /**
   * Yields pages of entries, in order, up to the end of the log at the time when it is reached.
   * @throws ProblemError: `history-changed` if a change of leader cut the last entry read (never at `committed`), or
   * the log was begun anew; `trimmed` if the next entry is not kept any more
   */
  read<Message = unknown>(options: ReadOptions = {}): AsyncGenerator<readonly Entry<Message>[], void, undefined> {
    checkOptions('read', options);
    needRange(options);
    if (options.pageEntries === 0) throw new RangeError('"pageEntries" must be at least 1');
    needOffset('pageEntries', options.pageEntries);
    return readPages<Message>(this.#caller, { ...options, timeoutMs: this.#timeoutOf(options) });
  }

  /**
   * Yields entries one by one, up to the end of the log at the time of the request, each as the JSON text that the node
   * sent: the message is the last field, as it was written. Entries are yielded as they arrive, so only one at a time
   * must fit into memory.
   * @throws ProblemError: `history-changed` or `trimmed`, like `read`
   */
  async *readTexts(options: ReadTextsOptions = {}): AsyncGenerator<string, void, undefined> {
    checkOptions('readTexts', options);
    needRange(options);
    yield* readTexts(this.#caller, { ...options, timeoutMs: this.#timeoutOf(options) });
  }

  /**
   * Yields the entries from `from` on, and then new ones as they come, each once and in order. It reconnects by itself,
   * at another node if there is one, and continues where it was. To end it, break out of the loop or abort the signal.
   * @throws ProblemError: `history-changed` if a change of leader cut the last entry read (never at `committed`), or
   * the log was begun anew; `trimmed` if the next entry is not kept any more, unless `onTrimmed` says to skip it; the
   * signal's reason
   */
  async *follow<Message = unknown>(options: FollowOptions = {}): AsyncGenerator<Entry<Message>, void, undefined> {
    for await (const text of this.followTexts(options)) yield JSON.parse(text) as Entry<Message>;
  }

  /**
   * The same, with each entry as the JSON text that the node sent: the message is the last field, as it was written,
   * and may be deeper, or have longer numbers, than JavaScript can represent.
   */
  async *followTexts(options: FollowOptions = {}): AsyncGenerator<string, void, undefined> {
    checkOptions('follow', options);
    needOffset('from', options.from);
    needChoice('onTrimmed', options.onTrimmed, ['fail', 'skip']);
    yield* followTexts(this.#caller, options);
  }

  /** The state of the node that answers and, if it leads, of the others. @throws ProblemError, or the signal's reason */
  async status(options: CallOptions = {}): Promise<Status> {
    checkOptions('call', options);
    return this.#caller.call({
      method: 'GET',
      path: healthPath,
      timeoutMs: this.#timeoutOf(options),
      silenceMs: needSilence(options.silenceMs),
      signal: options.signal,
      read: async (answer) => wholeStatus(await answer.json()),
    });
  }

  /**
   * Lets all entries before this offset go, and resolves when a majority has the decision. At or below the first offset
   * nothing changes.
   * @returns the first entry that is kept
   * @throws ProblemError: `not-committed` if that is beyond what is committed, also at the end of `timeoutMs`; the
   * signal's reason; RangeError
   */
  async trim(before: number, options: CallOptions = {}): Promise<Trimmed> {
    needOffset('before', before);
    const path = `${messagesPath}?before=${before}` as const;
    return this.#callFor<Trimmed>({ method: 'DELETE', path }, options);
  }

  /** What the cluster keeps. @throws ProblemError, or the signal's reason */
  async retention(options: CallOptions = {}): Promise<Retention> {
    return this.#callFor<Retention>({ method: 'GET', path: retentionPath }, options);
  }

  /**
   * Sets what the cluster keeps from now on, and resolves when a majority has the decision. It replaces what was set: a
   * limit that is left out is none.
   * @returns what is kept
   * @throws ProblemError; the signal's reason; TypeError or RangeError
   */
  async setRetention(retention: RetentionRequest, options: CallOptions = {}): Promise<Retention> {
    const text = needRetention(retention);
    const headers = { 'content-type': jsonMediaType };
    return this.#callFor<Retention>({ method: 'PUT', path: retentionPath, headers, body: () => text }, options);
  }

  /** A node holds what changes something for as long as the client has time. */
  #callFor<Result>(call: Pick<Call<Result>, 'method' | 'path' | 'headers' | 'body'>, options: CallOptions): Promise<Result> {
    checkOptions('call', options);
    const timeoutMs = this.#timeoutOf(options);
    const limit = call.method === 'GET' || timeoutMs === Infinity ? '' : `${call.path.includes('?') ? '&' : '?'}timeoutMs=${timeoutMs}`;
    return this.#caller.call<Result>({
      ...call,
      path: call.path + limit,
      timeoutMs,
      silenceMs: needSilence(options.silenceMs),
      signal: options.signal,
      read: async (answer) => (await answer.json()) as Result,
    });
  }

  async #append(texts: readonly string[], options: AppendManyOptions): Promise<AppendedMany> {
    if (texts.length === 0) throw new TypeError('there is nothing to append');
    const { signal, onRetry } = options;
    const keys = needKeys(options, texts.length);
    const key = keys === undefined ? needKey(options) : undefined;
    const append = {
      texts,
      bytesMax: bytesMaxOf([...texts, ...(keys ?? []).map((each) => each ?? longestDrawn), key ?? longestDrawn]),
      w: needW(options.w) ?? this.#w,
      ifEpoch: needEpoch(options.ifEpoch),
      timeoutMs: this.#timeoutOf(options),
      silenceMs: needSilence(options.silenceMs),
      key,
      keys,
      traceparent: needTraceparent(options.traceparent ?? this.#traceparent?.()),
      signal,
      onRetry,
    };
    signal?.throwIfAborted();
    this.#checkPending(texts.length);
    return new Promise((resolve, reject) => this.#pipeline.add({ ...append, resolve, reject }));
  }

  /** @throws ProblemError */
  #checkPending(count: number): void {
    const { pending } = this;
    if (pending === 0 || pending + count <= this.#maxPending) return;
    const detail = `${pending} messages have not been answered yet, and at most ${this.#maxPending} may be: wait for some of them`;
    const facts = { pending, max: this.#maxPending };
    throw new ProblemError({ code: 'too-many-pending', detail, outcome: 'rejected', retryable: true, facts });
  }

  #timeoutOf({ timeoutMs }: CallOptions): number {
    return timeoutMs === undefined ? this.#timeoutMs : needTimeout(timeoutMs);
  }
}

/** @throws RangeError */
function needRange({ from, limit, silenceMs }: ReadTextsOptions): void {
  needOffset('from', from);
  needOffset('limit', limit);
  needSilence(silenceMs);
}

/** A name that no other client has. `randomUUID` will not do: browsers withhold it from pages that came over plain HTTP. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** @throws ProblemError if it is what a node with tokens tells without one: a word */
function wholeStatus(document: unknown): Status {
  const { status, ...more } = document as Partial<Status>;
  if (Object.keys(more).length > 0 || status === undefined) return document as Status;
  const detail = `the node says only "${status}" without a token`;
  throw new ProblemError({ code: 'unauthorized', detail, outcome: 'rejected', retryable: false, facts: { health: status } });
}
