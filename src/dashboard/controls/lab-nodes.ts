/** How the lab's nodes stand: asked for again and again while anybody looks, once for all who do. */

import type { LabNode } from '../../api/lab.ts';

const refreshEveryMs = 1000;
/** During an experiment connections are for it. */
const refreshSeldomEveryMs = 2000;

export interface LabNodesParts {
  readonly read: (signal: AbortSignal) => Promise<readonly LabNode[]>;
  /** An experiment has the nodes. */
  readonly isTaken: () => boolean;
}

export class LabNodes {
  readonly #parts: LabNodesParts;
  readonly #watchers = new Set<() => void>();
  #asking: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** `undefined` until it was heard. */
  nodes: readonly LabNode[] | undefined;
  /** Why it could not be heard last. */
  failure: string | undefined;

  constructor(parts: LabNodesParts) {
    this.#parts = parts;
  }

  /** @returns what ends it */
  subscribe(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.refresh();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#rest();
    };
  }

  /** Asks now. */
  refresh(): void {
    this.#rest();
    if (this.#watchers.size > 0) void this.#ask();
  }

  #rest(): void {
    this.#asking?.abort();
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    try {
      this.nodes = await this.#parts.read(asking.signal);
      this.failure = undefined;
    } catch (error) {
      if (asking.signal.aborted) return;
      this.failure = error instanceof Error ? error.message : String(error);
    }
    if (asking.signal.aborted) return;
    this.#timer = setTimeout(() => void this.#ask(), this.#parts.isTaken() ? refreshSeldomEveryMs : refreshEveryMs);
    for (const watcher of this.#watchers) watcher();
  }
}
