/** The state of the lab's nodes: asked for again and again while anybody looks, once for all who do. */

import type { LabNode } from '../../api/lab.ts';
import { reasonOf } from '../data/reason.ts';
import { Watchers } from '../data/watchers.ts';

const refreshEveryMs = 1000;
/** An experiment needs the connections for itself. */
const refreshSeldomEveryMs = 2000;

export interface LabNodesParts {
  readonly read: (signal: AbortSignal) => Promise<readonly LabNode[]>;
  /** An experiment is using the nodes. */
  readonly isTaken: () => boolean;
}

export interface LabNodesHeard {
  /** `undefined` until it was heard, and where there is no lab. */
  readonly nodes: readonly LabNode[] | undefined;
  /** Why it could not be heard last. */
  readonly failure: string | undefined;
}

export const nothingHeard: LabNodesHeard = { nodes: undefined, failure: undefined };

export class LabNodes {
  readonly #parts: LabNodesParts;
  readonly #watchers = new Watchers();
  #asking: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard = nothingHeard;

  constructor(parts: LabNodesParts) {
    this.#parts = parts;
  }

  /** The same object until it is heard again. */
  get heard(): LabNodesHeard {
    return this.#heard;
  }

  /** @returns what ends it */
  subscribe(watcher: () => void): () => void {
    const end = this.#watchers.subscribe(watcher);
    if (this.#watchers.count === 1) this.refresh();
    return () => {
      end();
      if (this.#watchers.count === 0) this.#rest();
    };
  }

  /** Asks now. */
  refresh(): void {
    this.#rest();
    if (this.#watchers.count > 0) void this.#ask();
  }

  #rest(): void {
    this.#asking?.abort();
    clearTimeout(this.#timer);
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const nodes = await this.#parts.read(asking.signal);
      if (asking.signal.aborted) return;
      this.#heard = { nodes, failure: undefined };
    } catch (error) {
      if (asking.signal.aborted) return;
      this.#heard = { ...this.#heard, failure: reasonOf(error) };
    }
    this.#timer = setTimeout(() => void this.#ask(), this.#parts.isTaken() ? refreshSeldomEveryMs : refreshEveryMs);
    this.#watchers.tell();
  }
}
