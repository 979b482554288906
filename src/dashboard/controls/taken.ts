/** Whether an experiment has the nodes: meanwhile nobody else does anything to them. */

import { useEffect, useState } from 'preact/hooks';

class Taken {
  #isTaken = false;
  readonly #watchers = new Set<() => void>();

  get isTaken(): boolean {
    return this.#isTaken;
  }

  set(isTaken: boolean): void {
    if (isTaken === this.#isTaken) return;
    this.#isTaken = isTaken;
    for (const watcher of this.#watchers) watcher();
  }

  /** @returns what ends it */
  subscribe(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** The one of this page. */
export const taken = new Taken();

export function useTaken(): boolean {
  const [isTaken, setIsTaken] = useState(taken.isTaken);
  useEffect(() => {
    setIsTaken(taken.isTaken);
    return taken.subscribe(() => setIsTaken(taken.isTaken));
  }, []);
  return isTaken;
}
