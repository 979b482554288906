/**
 * Everybody who waits for what comes next: listeners on event streams, and requests that wait for one answer. One look
 * at the driver's ends serves them all.
 */

import type { LogEnds } from '../../driver/ends.ts';
import { LogError } from '../../api/problems.ts';
import type { ProblemCode } from '../../api/problems.ts';
import type { Listener } from './listener.ts';
import { endAt, readLevels } from './read-level.ts';
import type { ReadLevel } from './read-level.ts';
import { ListenerLimit } from '../wire/listener-limit.ts';
import { FanOut } from './fan-out.ts';
import type { TailParts } from './fan-out.ts';

/** Each costs some memory, however little it hears. */
const listenersMax = 20_000;

/** What can end a stream: the code of its last event, or its reader went away. */
export type StreamEnd = ProblemCode | 'gone';

interface Waiting {
  readonly start: number;
  readonly level: ReadLevel;
  readonly wake: () => void;
}

export interface LiveTailParts extends TailParts {
  /** The longest silence that a listener hears. */
  readonly heartbeatMs: number;
}

export class LiveTail {
  readonly #parts: LiveTailParts;
  readonly #fanOuts: Readonly<Record<ReadLevel, FanOut>>;
  readonly #waiting = new Set<Waiting>();
  readonly #ended = new Map<StreamEnd, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #unwatch: () => void;

  /** Who may come. */
  readonly limit = new ListenerLimit({
    listenersMax,
    listenerCount: () => this.listenerCount,
    isFull: 'listen here already; another node has the same log',
  });

  constructor(parts: LiveTailParts) {
    this.#parts = parts;
    this.#fanOuts = {
      default: new FanOut('default', parts),
      committed: new FanOut('committed', parts),
      linearizable: new FanOut('linearizable', parts),
    };
    this.#unwatch = parts.driver.watchEnds((ends) => this.#onEndsChanged(ends));
    // Whoever said something in the half before this one is passed over: the silence is at most the whole.
    this.#timer = setInterval(() => void this.#beat(), Math.max(1, parts.heartbeatMs / 2)).unref();
  }

  /** The longest silence that a listener hears. */
  get heartbeatMs(): number {
    return this.#parts.heartbeatMs;
  }

  /** Streams that are open, and requests that wait. */
  get listenerCount(): number {
    return this.#waiting.size + readLevels.reduce((sum, level) => sum + this.#fanOuts[level].listenerCount, 0);
  }

  /** Streams that are open, at each read level. */
  get streamCounts(): Readonly<Record<ReadLevel, number>> {
    const { default: shown, committed, linearizable } = this.#fanOuts;
    return { default: shown.listenerCount, committed: committed.listenerCount, linearizable: linearizable.listenerCount };
  }

  /** Requests that wait for one answer. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Streams that are over. */
  get endedCounts(): ReadonlyMap<StreamEnd, number> {
    return this.#ended;
  }

  /** @returns to be called when it is gone */
  listen(listener: Listener, level: ReadLevel): () => void {
    this.#fanOuts[level].add(listener);
    return () => {
      this.#fanOuts[level].remove(listener);
      const end = listener.endedBy ?? 'gone';
      this.#ended.set(end, (this.#ended.get(end) ?? 0) + 1);
    };
  }

  /**
   * Waits until there is an entry at `start`, or the time is over.
   * @throws LogError if the log was cut meanwhile, or the node stops
   */
  async untilBeyond(start: number, level: ReadLevel, limits: { readonly timeoutMs: number; readonly gone: AbortSignal }): Promise<void> {
    const { driver, readPacer } = this.#parts;
    this.limit.admit();
    if (endAt(this.#parts, level) > start) return;
    const { cutCount } = driver;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(waiting);
        clearTimeout(timer);
        limits.gone.removeEventListener('abort', wake);
        resolve();
      };
      const waiting: Waiting = { start, level, wake };
      const timer = setTimeout(wake, limits.timeoutMs);
      limits.gone.addEventListener('abort', wake);
      this.#waiting.add(waiting);
    });
    // Many wake at once; each answer is some work.
    await readPacer.turn();
    if (this.limit.isStopped) throw this.limit.stopping;
    if (level === 'default' && driver.cutCount !== cutCount) {
      throw new LogError('history-changed', 'a change of leader cut the log while this waited; ask again', {
        committedEnd: driver.committedEnd,
      });
    }
  }

  /** The last event for everybody. */
  async stop(): Promise<void> {
    if (this.limit.isStopped) return;
    this.limit.stop();
    this.#unwatch();
    clearInterval(this.#timer);
    for (const waiting of [...this.#waiting]) waiting.wake();
    const problem = new LogError('shutting-down', 'this node is shutting down; reconnect to another one with the last id');
    await Promise.all(readLevels.map((level) => this.#fanOuts[level].endAll(problem)));
  }

  #onEndsChanged(ends: LogEnds): void {
    for (const level of readLevels) this.#fanOuts[level].onEndsChanged(ends);
    if (this.#waiting.size === 0) return;
    for (const waiting of [...this.#waiting]) {
      const isCut = waiting.level === 'default' && ends.isCut;
      if (isCut || endAt(this.#parts, waiting.level) > waiting.start) waiting.wake();
    }
  }

  async #beat(): Promise<void> {
    for (const level of readLevels) await this.#fanOuts[level].beat();
  }
}
