/** The client: appends, reads and follows a log, at whichever of its nodes answers. */

import { healthPath } from '../api/paths.ts';
import { AppendPipeline } from './append-pipeline.ts';
import { bytesMaxOf } from './batching.ts';
import { NodeCaller } from './node-caller.ts';
import { needJson, needKey, needMessage, needOffset, needSilence, needTimeout, needW } from './checks.ts';
import { followTexts } from './follow.ts';
import { readPages } from './read.ts';
import { readTexts } from './read-texts.ts';
import type { Appended, Entry, WriteConcern } from '../api/entries.ts';
import type { Health as Status } from '../api/health.ts';
import type { AppendOptions, AppendedMany, CallOptions, ClientOptions, FollowOptions, ReadOptions, ReadTextsOptions } from './types.ts';

const timeoutMsDefault = 30_000;

export class LogClient {
  readonly #caller: NodeCaller;
  readonly #pipeline: AppendPipeline;
  readonly #w: WriteConcern | undefined;
  readonly #timeoutMs: number;

  /** @throws TypeError, RangeError if an option is wrong */
  constructor(options: ClientOptions) {
    this.#caller = new NodeCaller(options);
    this.#w = needW(options.w);
    this.#timeoutMs = needTimeout(options.timeoutMs ?? timeoutMsDefault);
    const name = randomName();
    let count = 0;
    this.#pipeline = new AppendPipeline(this.#caller, () => `${name}-${(count += 1)}`);
  }

  /**
   * Appends one message, any JSON value, and resolves when as many nodes as `w` says hold it durably.
   *
   * Messages get their offsets in the order of the calls. Those that wait while a request is under way go together with
   * the next one; each is answered for itself. What fails in a way that may pass is tried again, under a key, so that
   * nothing is stored twice.
   * @throws ProblemError; the signal's reason; TypeError if the message is no JSON value or an option is wrong
   */
  async append(message: unknown, options: AppendOptions = {}): Promise<Appended> {
    const { offset, epoch, w, acks } = await this.#append([needMessage(message)], options);
    return { offset, epoch, w, acks };
  }

  /** The same for several, which get consecutive offsets: all or nothing. At most 100,000, and at least one. */
  async appendMany(messages: readonly unknown[], options: AppendOptions = {}): Promise<AppendedMany> {
    return this.#append(messages.map(needMessage), options);
  }

  /**
   * The same for messages that are JSON texts already. They are sent as they are spelled: numbers that JavaScript would
   * round, and whatever is deeper than it can hold, stay what they are.
   */
  async appendTexts(texts: readonly string[], options: AppendOptions = {}): Promise<AppendedMany> {
    return this.#append(texts.map(needJson), options);
  }

  /**
   * Pages of entries, in order, up to the end as it is when it is reached.
   * @throws ProblemError: `history-changed` if a change of leader cut what was read last (never at `committed`), or the log was
   *   begun anew
   */
  read<Message = unknown>(options: ReadOptions = {}): AsyncGenerator<readonly Entry<Message>[], void, undefined> {
    needRange(options);
    if (options.pageEntries === 0) throw new RangeError('"pageEntries" must be at least 1');
    needOffset('pageEntries', options.pageEntries);
    return readPages<Message>(this.#caller, { ...options, timeoutMs: this.#timeoutOf(options) });
  }

  /**
   * Entries one by one, up to the end as it is when a node is asked, each as the JSON text that it sent: the message is its
   * last field, spelled as it was written. They are given out as they come, so that none has to fit into memory but the one.
   * @throws ProblemError: `history-changed` as `read` does
   */
  async *readTexts(options: ReadTextsOptions = {}): AsyncGenerator<string, void, undefined> {
    needRange(options);
    yield* readTexts(this.#caller, { ...options, timeoutMs: this.#timeoutOf(options) });
  }

  /**
   * Entries from a place on, and then whatever comes, each once and in order. It connects again by itself, at another
   * node where there is one, and goes on where it was; break out of the loop, or abort, to end it.
   * @throws ProblemError: `history-changed` if a change of leader cut what was read last (never at `committed`), or the log was
   *   begun anew; the signal's reason
   */
  async *follow<Message = unknown>(options: FollowOptions = {}): AsyncGenerator<Entry<Message>, void, undefined> {
    for await (const text of this.followTexts(options)) yield JSON.parse(text) as Entry<Message>;
  }

  /**
   * The same, each entry as the JSON text that the node sent: the message is its last field, spelled as it was written, and
   * may be deeper, or its numbers longer, than JavaScript can hold.
   */
  async *followTexts(options: FollowOptions = {}): AsyncGenerator<string, void, undefined> {
    needOffset('from', options.from);
    yield* followTexts(this.#caller, options);
  }

  /** How a node is, as it sees itself and, if it leads, the others. @throws ProblemError, or the signal's reason */
  async status(options: CallOptions = {}): Promise<Status> {
    return this.#caller.call({
      method: 'GET',
      path: healthPath,
      timeoutMs: this.#timeoutOf(options),
      silenceMs: needSilence(options.silenceMs),
      signal: options.signal,
      read: async (answer) => (await answer.json()) as Status,
    });
  }

  async #append(texts: readonly string[], options: AppendOptions): Promise<AppendedMany> {
    if (texts.length === 0) throw new TypeError('there is nothing to append');
    const { signal, onRetry } = options;
    const append = {
      texts,
      bytesMax: bytesMaxOf(texts),
      w: needW(options.w) ?? this.#w,
      timeoutMs: this.#timeoutOf(options),
      silenceMs: needSilence(options.silenceMs),
      key: needKey(options.idempotencyKey),
      signal,
      onRetry,
    };
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => this.#pipeline.add({ ...append, resolve, reject }));
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

/** No other client has it. Not `randomUUID`, which browsers keep from pages that came over plain HTTP. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
