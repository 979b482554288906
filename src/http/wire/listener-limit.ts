/** How many may listen at once, and whether anybody may any more: each listener costs something, however little it hears. */

import { LogError } from '../../api/problems.ts';

export interface ListenerLimitParts {
  readonly listenersMax: number;
  /** Of those who are there. */
  readonly listenerCount: () => number;
  /** What one too many is told, behind the number. */
  readonly isFull: string;
  /** Who is shutting down then. */
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

  /** Why nobody may come any more. */
  get stopping(): LogError {
    return new LogError('shutting-down', `this ${this.#parts.server ?? 'node'} is shutting down`);
  }

  /** Whether one more may come. @throws LogError */
  admit(): void {
    const { listenersMax, listenerCount, isFull } = this.#parts;
    if (this.#isStopped) throw this.stopping;
    if (listenerCount() >= listenersMax) throw new LogError('too-many-listeners', `${listenersMax} ${isFull}`);
  }

  /** From now on nobody may come. */
  stop(): void {
    this.#isStopped = true;
  }
}
