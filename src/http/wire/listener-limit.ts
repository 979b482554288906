/**
 * Limits how many clients may listen at once, since each costs something, however little it is sent; and admits none
 * once the server is shutting down.
 */

import { LogError } from '../../api/problems.ts';

export interface ListenerLimitParts {
  readonly listenersMax: number;
  /** The number of present listeners. */
  readonly listenerCount: () => number;
  /** The option that sets it, if one does. */
  readonly option?: string;
  /** The rest of the sentence after the number: why one more is refused. */
  readonly isFull: string;
  /** @throws LogError while memory is short */
  readonly checkMemory?: () => void;
  /** What this server calls itself when it is shutting down. */
  readonly server?: 'node' | 'server';
}

export class ListenerLimit {
  readonly #parts: ListenerLimitParts;
  #isStopped = false;

  constructor(parts: ListenerLimitParts) {
    this.#parts = parts;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** The failure for clients that come during the shutdown. */
  get stopping(): LogError {
    return new LogError('shutting-down', `this ${this.#parts.server ?? 'node'} is shutting down`);
  }

  /** Admits one more listener. @throws LogError */
  admit(): void {
    const { listenersMax, listenerCount, isFull, option, checkMemory } = this.#parts;
    if (this.#isStopped) throw this.stopping;
    checkMemory?.();
    if (listenerCount() < listenersMax) return;
    throw new LogError('too-many-listeners', `${listenersMax} ${isFull}`, option === undefined ? {} : { limit: option, max: listenersMax });
  }

  /** Admits no listeners from now on. */
  stop(): void {
    this.#isStopped = true;
  }
}
