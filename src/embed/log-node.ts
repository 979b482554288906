/** A node in the user's own process, as its service uses it. */

import type { Appended, Entry } from '../api/entries.ts';
import type { Health as Status } from '../api/health.ts';
import { needChoice, needEpoch, needKey, needKeys, needOffset, needTimeout, needW } from '../client/checks.ts';
import { checkOptions } from '../client/known-options.ts';
import { jsonOf } from '../client/plain-json.ts';
import type {
  AppendedMany,
  Log,
  LogAppendManyOptions,
  LogAppendOptions,
  LogCallOptions,
  LogFollowOptions,
  LogReadOptions,
} from '../client/log.ts';
import { needTraceparent } from '../client/trace-parent.ts';
import type { Config, ConfigError } from '../config/config.ts';
import type { Carrier, OpenCarrier } from './carrier.ts';
import type { AskedPage, KnownLeader, Page, Setup, Told } from './inside/messages.ts';
import { Leadership } from './leadership.ts';
import type { LeaderListener } from './leadership.ts';
import { Link } from './link.ts';
import type { NodeFailed } from './node-failed.ts';
import { followEntries, readPages } from './reading.ts';
import { runOnLeader } from './run-on-leader.ts';
import type { LeaderTask, RunOnLeaderOptions } from './run-on-leader.ts';

const maxPendingDefault = 100_000;

interface TraceOptions {
  /** The trace that it belongs to, as the header of W3C Trace Context has it; the append then travels alone. */
  readonly traceparent?: string | undefined;
}

/** Options of an append to a node in the same process. */
export interface NodeAppendOptions extends LogAppendOptions, TraceOptions {}

/** The same for several messages. */
export interface NodeAppendManyOptions extends LogAppendManyOptions, TraceOptions {}

/** A node of the log in this process, as `startNode` returns it. `await using` stops it at the end of the block. */
export class LogNode implements Log, AsyncDisposable {
  /** Its name in the cluster. */
  readonly id: string;
  /** By which the other nodes reach it. */
  readonly url: string;
  readonly #link: Link;
  readonly #leadership = new Leadership();
  readonly #failed = Promise.withResolvers<never>();
  #carrier: Carrier | undefined;
  #stopped: Promise<void> | undefined;

  private constructor({ serverId, advertisedUrl }: Config, maxPending = maxPendingDefault) {
    this.#link = new Link(maxPending);
    this.id = serverId;
    this.url = advertisedUrl;
    // Who never asks need not handle it.
    this.#failed.promise.catch(() => undefined);
  }

  /** Called by `startNode`. @throws NodeFailed, ConfigError */
  static async open(
    setup: Setup,
    { open, maxPending }: { readonly open: OpenCarrier; readonly maxPending: number | undefined },
  ): Promise<LogNode> {
    const node = new LogNode(setup.config, maxPending);
    const carrier = await open(setup, { told: (told) => node.#told(told), failed: (reason) => node.#fail(reason) });
    node.#carrier = carrier;
    node.#link.open(carrier);
    return node;
  }

  /**
   * Rejects with `NodeFailed` (or, for a file of settings that became unreadable, `ConfigError`) when the node cannot go on: its
   * disk failed, its thread ended. What was acknowledged is stored; what waited was rejected as `unknown`. Never settles for a
   * node that is stopped.
   */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Messages that were given to `append` and `appendMany`, and have not been answered yet. */
  get pending(): number {
    return this.#link.pending;
  }

  /**
   * Appends one message, which may be any JSON value, and resolves when as many nodes as `w` says have it on disk: here if this
   * node leads, otherwise at the leader. Messages get their offsets in the order of the calls. What a leader that is gone may
   * have stored is sent to the next one under an identity, and is stored once.
   *
   * `timeoutMs` (the node's by default) is how long until it is answered, the wait behind other appends included.
   * @throws ProblemError: the codes of `POST /messages` (docs/errors.md), and `unreachable`, `unknown`, if this node's thread ended;
   * the signal's reason; TypeError or RangeError if the message is not a JSON value or an option is wrong
   */
  async append(message: unknown, options: NodeAppendOptions = {}): Promise<Appended> {
    checkOptions('append', options);
    const { offset, epoch, w, acks } = await this.#append([jsonOf(message)], options, undefined);
    return { offset, epoch, w, acks };
  }

  /**
   * Appends several messages as one batch, with consecutive offsets: all or nothing. At least one, at most 100,000. With `keys`,
   * messages whose keys are known keep their places, and only the others are stored.
   */
  async appendMany(messages: readonly unknown[], options: NodeAppendManyOptions = {}): Promise<AppendedMany> {
    checkOptions('appendMany', options);
    if (messages.length === 0) throw new TypeError('there is nothing to append');
    const keys = needKeys(options, messages.length);
    const { offsets, ...appended } = await this.#append(messages.map(jsonOf), options, keys);
    return { ...appended, count: messages.length, ...(offsets !== undefined && { offsets }) };
  }

  /**
   * Yields pages of entries, in order, up to the end of the log at the time when it is reached. A page ends early when it has a
   * mebibyte.
   * @throws ProblemError: `history-changed` if a change of leader cut the last entry read (never at `committed`); `trimmed` if
   * the next entry is not kept any more; the signal's reason
   */
  read<Message = unknown>(options: LogReadOptions = {}): AsyncGenerator<readonly Entry<Message>[], void, undefined> {
    checkOptions('read', options);
    const { from, limit, pageEntries, timeoutMs } = options;
    needOffset('from', from);
    needOffset('limit', limit);
    if (pageEntries === 0) throw new RangeError('"pageEntries" must be at least 1');
    needOffset('pageEntries', pageEntries);
    return readPages<Message>(this.#askPage, { ...options, timeoutMs: timeoutOf(timeoutMs) });
  }

  /**
   * Yields the entries from `from` on, and then new ones as they come, each once and in order. It reads one page ahead, so a slow
   * reader holds up nobody and fills no memory. To end it, break out of the loop or abort the signal; to resume, give the offset
   * after the last entry.
   * @throws ProblemError: `history-changed` or `trimmed`, like `read`, unless `onTrimmed` says to skip what is gone;
   * `shutting-down` when the node is stopped; the signal's reason
   */
  follow<Message = unknown>(options: LogFollowOptions = {}): AsyncGenerator<Entry<Message>, void, undefined> {
    checkOptions('follow', options);
    needOffset('from', options.from);
    needChoice('onTrimmed', options.onTrimmed, ['fail', 'skip']);
    return followEntries<Message>(this.#askPage, options);
  }

  /** The state of this node and, if it leads, of the others: what `GET /health` tells. @throws ProblemError; the signal's reason */
  async status(options: LogCallOptions = {}): Promise<Status> {
    checkOptions('call', options);
    return this.#link.call('status', undefined, options.signal);
  }

  /**
   * Resolves when a leader is known, and appends would be taken. Without `timeoutMs` it waits for as long as that takes: the other
   * nodes may be started much later.
   * @throws ProblemError: why not, at the end of `timeoutMs`; the signal's reason
   */
  async ready(options: LogCallOptions = {}): Promise<void> {
    checkOptions('call', options);
    const { timeoutMs, signal } = options;
    await this.#link.call('ready', { timeoutMs: timeoutOf(timeoutMs) }, signal);
  }

  /** Who leads, as this node knows; `undefined` while it knows of none, and after the node was stopped or failed. */
  get leader(): KnownLeader | undefined {
    return this.#leadership.leader;
  }

  /**
   * Whether this node leads: the first entry of its epoch is committed, and a majority answered a moment ago. A moment later
   * another one may lead. What must not be done twice needs more: `runOnLeader`, and `ifEpoch`.
   */
  get isLeader(): boolean {
    return this.#leadership.leads !== undefined;
  }

  /** Calls `listener` whenever `leader` or `isLeader` has changed, with the leader. @throws TypeError for another event */
  on(event: 'leader', listener: LeaderListener): this {
    needEvent(event);
    this.#leadership.on(listener);
    return this;
  }

  /** Ends what `on` began. */
  off(event: 'leader', listener: LeaderListener): this {
    needEvent(event);
    this.#leadership.off(listener);
    return this;
  }

  /**
   * Runs a task on the one node that leads: the same call on every node runs it on this one while it leads. Each run gets the
   * epoch, for `ifEpoch`, and a signal that aborts when the lead is lost; the task runs again when this node leads anew. One that
   * returns is done until then, and one that does not end when it is aborted keeps the next run from beginning. For an election
   * timeout two nodes may run it at once: what they append with `ifEpoch` is stored for one of them only.
   *
   * @returns resolves once `signal` has aborted, or the node was stopped or failed, and the task has ended
   * @throws what the task throws, unless there is `onError` or it was aborted or refused with `wrong-epoch`; TypeError, RangeError
   */
  runOnLeader(task: LeaderTask, options: RunOnLeaderOptions = {}): Promise<void> {
    return runOnLeader(this.#leadership, task, options);
  }

  /**
   * Takes no new appends, hands over to another node if this one leads, answers what waits, and closes. Can be called more than
   * once.
   * @throws ProblemError if the node fails meanwhile
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  /**
   * For tests: ends the node as a crash would, without a hand-over or another word to anybody. What waits is rejected as `unknown`,
   * and `failed` rejects. Its folder can be opened again afterwards.
   * @throws TypeError if it has no thread of its own
   */
  async kill(): Promise<void> {
    await this.#carrier?.kill();
  }

  /** The same as `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const answered = this.#link.call('stop', undefined);
    this.#link.close();
    await answered;
    await this.#carrier?.ended();
    this.#leadership.end();
    this.#link.end(new Error('it was stopped'));
  }

  readonly #askPage = (asked: AskedPage, signal: AbortSignal | undefined): Promise<Page> => this.#link.call('page', asked, signal);

  #append(texts: readonly string[], options: NodeAppendOptions, keys: readonly (string | null)[] | undefined): ReturnType<Link['append']> {
    const { w, ifEpoch, timeoutMs, traceparent, signal } = options;
    return this.#link.append({
      texts,
      w: needW(w),
      ifEpoch: needEpoch(ifEpoch),
      timeoutMs: timeoutOf(timeoutMs),
      key: needKey(options),
      keys,
      traceparent: needTraceparent(traceparent),
      signal,
    });
  }

  #told(told: Told): void {
    this.#link.told(told);
    if (told.leadership !== undefined) this.#leadership.told(told.leadership);
  }

  #fail(reason: NodeFailed | ConfigError): void {
    // What runs while it leads is aborted first, so that it does not see its appends fail.
    this.#leadership.end();
    this.#link.end(reason);
    this.#failed.reject(reason);
  }
}

/** @throws TypeError */
function needEvent(event: string): void {
  if (event !== 'leader') throw new TypeError(`a node has the event "leader", and no ${JSON.stringify(event)}`);
}

/** `undefined`: the node's own. */
function timeoutOf(timeoutMs: number | undefined): number | undefined {
  return timeoutMs === undefined || needTimeout(timeoutMs) === Infinity ? undefined : timeoutMs;
}
