/** Whether an experiment is using the nodes: meanwhile nobody else does anything to them. */

import { useStore } from '../data/use-store.ts';
import { Watchers } from '../data/watchers.ts';

class Taken {
  #isTaken = false;
  readonly #watchers = new Watchers();

  get isTaken(): boolean {
    return this.#isTaken;
  }

  set(isTaken: boolean): void {
    if (isTaken === this.#isTaken) return;
    this.#isTaken = isTaken;
    this.#watchers.tell();
  }

  /** @returns what ends it */
  subscribe(watcher: () => void): () => void {
    return this.#watchers.subscribe(watcher);
  }
}

/** The one of this page. */
export const taken = new Taken();

export function useTaken(): boolean {
  return useStore(taken, () => taken.isTaken);
}
