/**
 * The log as a program uses it, wherever its nodes are: `LogClient` asks them over HTTP, and an embedded node is one of
 * them itself. Code that takes a `Log` works with both.
 */

import type { Appended, Entry, ReadLevel, WriteConcern } from '../api/entries.ts';
import type { Health as Status } from '../api/health.ts';

/** Of every call that is answered once. */
export interface LogCallOptions {
  /** Aborts the call, which then fails with the signal's reason. What has been taken by then may still happen. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long to keep trying, in whole milliseconds from 1 to 600,000; 30,000 by default. `Infinity`: for ever; the node
   * then applies its own timeout to an append.
   */
  readonly timeoutMs?: number | undefined;
}

/** Of every append. */
interface ConcernOptions extends LogCallOptions {
  /** How many nodes must hold the message durably before the append resolves. By default what the log was opened with. */
  readonly w?: WriteConcern | undefined;
  /**
   * Fencing: stores it only in this epoch, a whole number from 1 on, as in the answer to an append. Once another epoch
   * leads it fails with `wrong-epoch`, unless its key is known: that is answered as ever. It needs a `w` of majority or
   * more, given here, by the log or by the node.
   */
  readonly ifEpoch?: number | undefined;
}

/** Options of `append`, of a node and of a client alike. */
export interface LogAppendOptions extends ConcernOptions {
  /**
   * Makes it harmless to repeat this append, even from another process: an append with the same key is not stored again,
   * and resolves with the first one's offset. With another message it fails with `key-reused`. The log's own retries need
   * no key. 1 to 255 printable characters of Latin-1, without spaces around them.
   */
  readonly key?: string | undefined;
  /** The same as `key`. */
  readonly idempotencyKey?: string | undefined;
}

/** Options of `appendMany`, of a node and of a client alike. */
export interface LogAppendManyOptions extends LogAppendOptions {
  /**
   * A key for each message, or null for none. Those whose keys are known are not stored again; the others are stored as
   * one batch, all or nothing. The same key twice counts once. Not together with `key`, which stands for all messages.
   */
  readonly keys?: readonly (string | null)[] | undefined;
}

export interface AppendedMany extends Appended {
  /** The messages have the offsets from `offset` up to, but not including, `offset + count`, unless there are `offsets`. */
  readonly count: number;
  /** With `keys`: the offset of each message. `offset` is the first of them, `epoch` that of the newest entry. */
  readonly offsets?: readonly number[] | undefined;
}

export interface LogReadOptions extends LogCallOptions {
  /** Offset of the first entry; by default the first that is kept. */
  readonly from?: number | undefined;
  /** Maximum number of entries; all by default. */
  readonly limit?: number | undefined;
  /** The read level; `default` if not given. */
  readonly level?: ReadLevel | undefined;
  /** Maximum number of entries in a page; 1,000 by default. */
  readonly pageEntries?: number | undefined;
}

/** Entries that went before a reader came to them: `count` of them, from `start` up to, but not including, `firstOffset`. */
export interface Skipped {
  readonly start: number;
  /** The first entry that is kept, with which the reader goes on. */
  readonly firstOffset: number;
  readonly count: number;
}

/** Options of `follow`, of a node and of a client alike. */
export interface LogFollowOptions {
  /** Offset of the first entry; by default the first that is kept. */
  readonly from?: number | undefined;
  /** The read level; `committed` if not given. */
  readonly level?: ReadLevel | undefined;
  /** Ends it with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * What to do if entries are trimmed before they were read: `fail` with the problem `trimmed`, which is the default, or
   * `skip` them and go on with the first that is kept.
   */
  readonly onTrimmed?: 'fail' | 'skip' | undefined;
  /** With `skip`: called with what is gone, before the entry that comes next. */
  readonly onSkip?: ((skipped: Skipped) => void) | undefined;
}

/**
 * An ordered, durable, replicated log. Failures are `ProblemError`s: `code` says what it is, `outcome` whether it may
 * have happened. A wrong argument is a `TypeError` or `RangeError`, and nothing was done.
 */
export interface Log {
  /** Messages that were given to `append`, `appendMany` and the like and have not been answered yet. */
  readonly pending: number;

  /**
   * Appends one message, which may be any JSON value, and resolves when as many nodes as `w` says hold it durably.
   * Messages get their offsets in the order of the calls.
   */
  append(message: unknown, options?: LogAppendOptions): Promise<Appended>;

  /** Appends several messages as one batch: all or nothing. At least one, at most 100,000. */
  appendMany(messages: readonly unknown[], options?: LogAppendManyOptions): Promise<AppendedMany>;

  /**
   * Yields pages of entries, in order, up to the end of the log at the time when it is reached.
   * @throws ProblemError: `history-changed` if a change of leader cut the last entry read (never at `committed`), or
   * the log was begun anew; `trimmed` if the next entry is not kept any more
   */
  read<Message = unknown>(options?: LogReadOptions): AsyncGenerator<readonly Entry<Message>[], void, undefined>;

  /**
   * Yields the entries from `from` on, and then new ones as they come, each once and in order. No more is fetched while
   * the reader is busy. To end it, break out of the loop or abort the signal. To go on later, begin at the last offset + 1.
   * @throws ProblemError like `read`
   */
  follow<Message = unknown>(options?: LogFollowOptions): AsyncGenerator<Entry<Message>, void, undefined>;

  /** The state of the node that answers and, if it leads, of the others. */
  status(options?: LogCallOptions): Promise<Status>;
}
