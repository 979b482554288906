/** Those who are told when something has changed; what it is they read for themselves. */

export interface Watchable {
  /** @returns what ends it */
  subscribe(watcher: () => void): () => void;
}

export class Watchers implements Watchable {
  readonly #watchers = new Set<() => void>();

  get count(): number {
    return this.#watchers.size;
  }

  subscribe(watcher: () => void): () => void {
    // The same function may be given twice, and ended once.
    const own = (): void => watcher();
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }

  tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
