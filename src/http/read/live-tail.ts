/**
 * All clients that wait for new entries: listeners on event streams, and requests that wait for one answer. One watch
 * on the driver's ends serves them all.
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

/** How a stream ended: the code of its last event, or `gone` if the client disconnected. */
export type StreamEnd = ProblemCode | 'gone';

interface Waiting {
  readonly start: number;
  readonly level: ReadLevel;
  readonly wake: () => void;
}

export interface LiveTailParts extends TailParts {
  /** The longest silence on a stream. */
  readonly heartbeatMs: number;
  /** How many streams may be open at once, and how many reads may wait: each costs some memory, however little it is sent. */
  readonly listenersMax: number;
  readonly waitingReadsMax: number;
  /** @throws LogError while memory is short */
  readonly checkMemory: () => void;
}

export class LiveTail {
  readonly #parts: LiveTailParts;
  readonly #fanOuts: Readonly<Record<ReadLevel, FanOut>>;
  readonly #waiting = new Set<Waiting>();
  /** At most the lowest offset that anybody waits for. */
  #nearest = Number.POSITIVE_INFINITY;
  readonly #ended = new Map<StreamEnd, number>();
  readonly #timer: NodeJS.Timeout;
  readonly #unwatch: () => void;

  readonly limit: ListenerLimit;
  readonly #waitingLimit: ListenerLimit;

  constructor(parts: LiveTailParts) {
    this.#parts = parts;
    const { listenersMax, waitingReadsMax, checkMemory } = parts;
    this.limit = new ListenerLimit({
      listenersMax,
      listenerCount: () => this.listenerCount,
      option: 'LISTENERS_MAX',
      checkMemory,
      isFull: 'clients listen here already; another node has the same log',
    });
    this.#waitingLimit = new ListenerLimit({
      listenersMax: waitingReadsMax,
      listenerCount: () => this.waitingCount,
      option: 'WAITING_READS_MAX',
      checkMemory,
      isFull: 'reads wait here already; another node has the same log',
    });
    this.#fanOuts = {
      default: new FanOut('default', parts),
      committed: new FanOut('committed', parts),
      linearizable: new FanOut('linearizable', parts),
    };
    this.#unwatch = parts.driver.watchEnds((ends) => this.#onEndsChanged(ends));
    // A listener that was sent something in the last half interval is skipped, so the longest silence is a whole
    // interval.
    this.#timer = setInterval(() => void this.#beat(), Math.max(1, parts.heartbeatMs / 2)).unref();
  }

  /** The longest silence on a stream. */
  get heartbeatMs(): number {
    return this.#parts.heartbeatMs;
  }

  /** Number of open streams. */
  get listenerCount(): number {
    return readLevels.reduce((sum, level) => sum + this.#fanOuts[level].listenerCount, 0);
  }

  /** Number of open streams, by read level. */
  get streamCounts(): Readonly<Record<ReadLevel, number>> {
    const { default: shown, committed, linearizable } = this.#fanOuts;
    return { default: shown.listenerCount, committed: committed.listenerCount, linearizable: linearizable.listenerCount };
  }

  /** Number of requests that wait for one answer. */
  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Number of streams that have ended, by how they ended. */
  get endedCounts(): ReadonlyMap<StreamEnd, number> {
    return this.#ended;
  }

  /** @returns to be called when its connection is closed */
  listen(listener: Listener, level: ReadLevel): () => void {
    this.#fanOuts[level].add(listener);
    return () => {
      this.#fanOuts[level].remove(listener);
      const end = listener.endedBy ?? 'gone';
      this.#ended.set(end, (this.#ended.get(end) ?? 0) + 1);
    };
  }

  /**
   * Waits until there is an entry at `start`, or the timeout expires.
   * @throws LogError if the log was cut meanwhile, or the node stops
   */
  async untilBeyond(start: number, level: ReadLevel, limits: { readonly timeoutMs: number; readonly gone: AbortSignal }): Promise<void> {
    const { driver, readPacer } = this.#parts;
    this.#waitingLimit.admit();
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
      this.#nearest = Math.min(this.#nearest, start);
    });
    // Many requests wake at once, and each answer takes some work.
    await readPacer.turn();
    if (this.#waitingLimit.isStopped) throw this.#waitingLimit.stopping;
    if (level === 'default' && driver.cutCount !== cutCount) {
      throw new LogError('history-changed', 'a change of leader cut the log during the wait; ask again', {
        committedEnd: driver.committedEnd,
      });
    }
  }

  /** Sends every listener its last event. */
  async stop(): Promise<void> {
    if (this.limit.isStopped) return;
    this.limit.stop();
    this.#waitingLimit.stop();
    this.#unwatch();
    clearInterval(this.#timer);
    for (const waiting of [...this.#waiting]) waiting.wake();
    const problem = new LogError('shutting-down', 'this node is shutting down; reconnect to another one with the last id');
    await Promise.all(readLevels.map((level) => this.#fanOuts[level].endAll(problem)));
  }

  #onEndsChanged(ends: LogEnds): void {
    for (const level of readLevels) this.#fanOuts[level].onEndsChanged(ends);
    if (this.#waiting.size === 0) return;
    // Thousands may wait for what is far away, and ends move with every append.
    if (!ends.isCut && readLevels.every((level) => endAt(this.#parts, level) <= this.#nearest)) return;
    for (const waiting of [...this.#waiting]) {
      const isCut = waiting.level === 'default' && ends.isCut;
      if (isCut || endAt(this.#parts, waiting.level) > waiting.start) waiting.wake();
    }
    this.#nearest = Number.POSITIVE_INFINITY;
    for (const { start } of this.#waiting) this.#nearest = Math.min(this.#nearest, start);
  }

  async #beat(): Promise<void> {
    for (const level of readLevels) await this.#fanOuts[level].beat();
  }
}
