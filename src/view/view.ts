/**
 * A view of a log: its entries, folded into a state of the user's. It follows what is committed, so nothing that it has applied
 * is ever taken back, and two views with the same `apply`, anywhere, come to the same state.
 *
 * Invariants: every entry before `offset` is in the state, each once, and none behind it. The file holds a state and the offset
 * up to which it goes, both of one moment.
 */

import { setTimeout as wait } from 'node:timers/promises';
import type { Entry } from '../api/entries.ts';
import { ViewError, asText } from './view-error.ts';
import { encodeCheckpoint, readCheckpoint, replaceFile } from './view-file.ts';
import { checkOptions, checkUpTo } from './view-options.ts';
import type { UpToOptions, ViewOptions, ViewedLog } from './view-options.ts';

const everyDefault = 1000;
const upToMsDefault = 30_000;
/** The longest that a timer takes. */
const timerMsMax = 2 ** 31 - 1;
/** Pause before a node that has no log yet is asked again which one it has. */
const askAgainMs = 100;

interface Waiting {
  readonly offset: number;
  readonly ended: (error: unknown) => void;
}

/**
 * Begins to fold the entries of a log into a state, from the checkpoint in `file` on if there is one.
 *
 * ```js
 * const stock = view(log, { initial: new Map(), apply: (map, { message }) => void map.set(message.item, message.count), file: 'stock.view' });
 * const { offset } = await log.append({ item: 'apples', count: 3 });
 * const map = await stock.upTo(offset);
 * ```
 *
 * @throws TypeError, RangeError if an option is wrong. All else is told by `failed` and `upTo`: a checkpoint that is damaged or of
 * another log (`ViewError`), an `apply` that threw (`ViewError`), what ended the reading of the log (`trimmed`, for instance)
 */
export function view<State, Message = unknown>(log: ViewedLog, options: ViewOptions<State, Message>): View<State> {
  checkOptions(options);
  return new FoldingView(log, options);
}

/** A state that is folded from the entries of a log. `await using` stops it at the end of the block. */
export interface View<State> extends AsyncDisposable {
  /** The state as it is now. Not to be changed: it is the one that `apply` gets next. */
  readonly state: State;
  /** Offset of the next entry: all before it are in the state. */
  readonly offset: number;
  /** Rejects when the view cannot go on, with why; the state stays as it was before. Never resolves. Nobody has to listen. */
  readonly failed: Promise<never>;
  /**
   * Waits until the entry at this offset is in the state, as for reading what one has written oneself. (After a restart from a
   * trim, also if it is not kept any more.)
   * @returns the state by then
   * @throws ViewError: `behind` at the end of `timeoutMs`, `stopped`; what `failed` rejects with; the signal's reason; RangeError
   */
  upTo(offset: number, options?: UpToOptions): Promise<State>;
  /**
   * Ends the view, after an `apply` that runs, and writes its file.
   * @throws ViewError: `checkpoint-failed`; `apply-failed` if that `apply` fails, and then the file stays as it was
   */
  stop(): Promise<void>;
}

class FoldingView<State, Message> implements View<State> {
  readonly failed: Promise<never>;
  readonly #log: ViewedLog;
  readonly #options: ViewOptions<State, Message>;
  readonly #over = new AbortController();
  readonly #running: Promise<void>;
  readonly #waiting = new Set<Waiting>();
  #state: State;
  #offset = 0;
  /** Why it ended, once it has. */
  #ended: { readonly error: unknown } | undefined;
  #fail: (error: unknown) => void = () => undefined;
  /** The log that is followed; asked for only if a file has to name it. */
  #logId = '';
  #savedOffset = -1;
  #triedOffset = 0;
  #saving: Promise<void> | undefined;
  /** After it the state may be changed in part. */
  #applyFailed: ViewError | undefined;
  #stopping: Promise<void> | undefined;

  constructor(log: ViewedLog, options: ViewOptions<State, Message>) {
    this.#log = log;
    this.#options = options;
    this.#state = structuredClone(options.initial);
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // A view that is stopped never fails, so nobody has to listen.
    this.failed.catch(() => undefined);
    this.#running = this.#run();
  }

  get state(): State {
    return this.#state;
  }

  get offset(): number {
    return this.#offset;
  }

  async upTo(offset: number, options: UpToOptions = {}): Promise<State> {
    checkUpTo(offset, options);
    const { signal, timeoutMs = upToMsDefault } = options;
    signal?.throwIfAborted();
    if (offset < this.#offset) return this.#state;
    if (this.#ended !== undefined) throw this.#ended.error;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { offset, ended: (error) => (error === undefined ? resolve() : reject(error)) };
    this.#waiting.add(waiting);
    const aborted = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', aborted, { once: true });
    const late = (): void =>
      reject(new ViewError('behind', `the view has come to entry ${this.#offset}, and not to ${offset}`, { offset }));
    const timer = timeoutMs > timerMsMax ? undefined : setTimeout(late, timeoutMs);
    try {
      await promise;
      return this.#state;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      this.#waiting.delete(waiting);
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    const isRunning = this.#ended === undefined;
    this.#end(new ViewError('stopped', 'the view was stopped'));
    await this.#running;
    await this.#saving;
    if (!isRunning) return;
    if (this.#applyFailed !== undefined) throw this.#applyFailed;
    if (this.#logId === '' || this.#savedOffset === this.#offset) return;
    await this.#write();
  }

  /** Follows the log until it is stopped or fails. Never rejects. */
  async #run(): Promise<void> {
    try {
      await this.#begin();
      for (;;) {
        try {
          await this.#follow();
          throw new ViewError('stopped', 'the log ended');
        } catch (error) {
          const firstOffset = this.#options.onTrimmed === 'restart' ? trimmedTo(error) : undefined;
          if (firstOffset === undefined) throw error;
          this.#state = structuredClone(this.#options.initial);
          this.#cameTo(firstOffset);
        }
      }
    } catch (error) {
      if (!this.#over.signal.aborted) this.#failWith(error);
    }
  }

  /** @throws ViewError; what the log or the file system says */
  async #begin(): Promise<void> {
    const { file } = this.#options;
    if (file === undefined) return;
    const kept = await readCheckpoint<State>(file);
    this.#logId = await this.#identify();
    if (kept === undefined) return;
    if (kept.log !== this.#logId)
      throw new ViewError('other-log', `${file} is of log ${kept.log}, and this is ${this.#logId}: remove it, and the view begins anew`);
    this.#state = kept.state;
    this.#savedOffset = kept.offset;
    this.#cameTo(kept.offset);
  }

  /** @returns the id of the log, once there is one @throws what the log says */
  async #identify(): Promise<string> {
    const { signal } = this.#over;
    for (;;) {
      const { cluster } = await this.#log.status({ timeoutMs: Infinity, signal });
      if (cluster !== null) return cluster;
      await wait(askAgainMs, undefined, { signal });
    }
  }

  async #follow(): Promise<void> {
    const { signal } = this.#over;
    for await (const entry of this.#log.follow<Message>({ from: this.#offset, signal })) {
      if (entry.offset !== this.#offset) throw new Error(`the log gave entry ${entry.offset} instead of ${this.#offset}`);
      await this.#apply(entry);
      this.#cameTo(entry.offset + 1);
      signal.throwIfAborted();
    }
  }

  /** @throws ViewError */
  async #apply(entry: Entry<Message>): Promise<void> {
    try {
      const next = await this.#options.apply(this.#state, entry);
      if (next !== undefined) this.#state = next;
    } catch (cause) {
      const { offset } = entry;
      this.#applyFailed = new ViewError('apply-failed', `"apply" failed at entry ${offset}: ${asText(cause)}`, { offset, cause });
      throw this.#applyFailed;
    }
  }

  #cameTo(offset: number): void {
    this.#offset = offset;
    for (const waiting of this.#waiting) if (waiting.offset < offset) waiting.ended(undefined);
    const { every = everyDefault } = this.#options;
    if (this.#logId === '' || this.#saving !== undefined || offset - Math.max(this.#triedOffset, this.#savedOffset) < every) return;
    this.#triedOffset = offset;
    this.#saving = this.#save().finally(() => (this.#saving = undefined));
  }

  /** Never rejects. */
  async #save(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      this.#notSaved(error as ViewError);
    }
  }

  #notSaved(error: ViewError): void {
    const { onCheckpointFailed } = this.#options;
    if (onCheckpointFailed === undefined) return this.#failWith(error);
    try {
      onCheckpointFailed(error);
    } catch (thrown) {
      this.#failWith(thrown);
    }
  }

  /** Writes the state of this moment, however far the view goes on meanwhile. @throws ViewError: `checkpoint-failed` */
  async #write(): Promise<void> {
    const { file = '' } = this.#options;
    const offset = this.#offset;
    try {
      await replaceFile(file, encodeCheckpoint({ log: this.#logId, offset, state: this.#state }));
      this.#savedOffset = offset;
    } catch (cause) {
      throw new ViewError('checkpoint-failed', `${file} could not be written: ${asText(cause)}`, { offset, cause });
    }
  }

  #failWith(error: unknown): void {
    this.#end(error);
    this.#fail(error);
  }

  #end(error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = { error };
    this.#over.abort(error);
    for (const waiting of this.#waiting) waiting.ended(error);
  }
}

/** @returns where the log begins now, if this is the problem that entries were trimmed */
function trimmedTo(error: unknown): number | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'trimmed' && 'facts' in error)) return undefined;
  const { firstOffset } = error.facts as { readonly firstOffset?: unknown };
  return typeof firstOffset === 'number' ? firstOffset : undefined;
}
