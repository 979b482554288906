/** Polls the health of the nodes of `rlog dev`, more often after something happened. */

import type { Health } from '../../api/health.ts';
import { healthPath } from '../../api/paths.ts';
import type { LabNode } from '../../api/lab.ts';

const lookEveryMs = 250;
const lookOftenEveryMs = 20;
/** How long it polls often after something happened. */
const hurryMs = 5000;
const answerWithinMs = 1000;

export interface WatchParts {
  readonly nodes: () => readonly LabNode[];
  /** Called after each look. */
  readonly looked: () => void;
  readonly now: () => number;
}

export class Watch {
  readonly #parts: WatchParts;
  readonly #healths = new Map<string, Health>();
  readonly #over = new AbortController();
  /** By node: the process that answered last. */
  readonly #answered = new Map<string, number | null>();
  #hurriesUntil = 0;
  /** Ends the pause between two looks at a node. */
  readonly #wake = new Set<() => void>();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  get healths(): ReadonlyMap<string, Health> {
    return this.#healths;
  }

  /** Whether this process of the node has yet to answer. */
  isStarting({ id, pid }: Pick<LabNode, 'id' | 'pid'>): boolean {
    return this.#answered.get(id) !== pid;
  }

  /** Each node is polled on its own: one that does not answer delays no other. */
  start(): void {
    for (const { id } of this.#parts.nodes()) void this.#watch(id);
  }

  stop(): void {
    this.#over.abort();
    for (const wake of this.#wake) wake();
  }

  /** Something happened: polls often for a while. */
  hurry(): void {
    this.#hurriesUntil = this.#parts.now() + hurryMs;
    for (const wake of this.#wake) wake();
  }

  async #watch(id: string): Promise<void> {
    while (!this.#over.signal.aborted) {
      const health = await this.#ask(id);
      if (this.#over.signal.aborted) return;
      if (health === undefined) this.#healths.delete(id);
      else this.#healths.set(id, health);
      this.#parts.looked();
      await this.#pause(this.#parts.now() < this.#hurriesUntil ? lookOftenEveryMs : lookEveryMs);
    }
  }

  async #ask(id: string): Promise<Health | undefined> {
    const node = this.#parts.nodes().find((each) => each.id === id);
    if (node === undefined || !node.isRunning || node.isPaused) return undefined;
    try {
      const signal = AbortSignal.any([this.#over.signal, AbortSignal.timeout(answerWithinMs)]);
      const answer = await fetch(node.url + healthPath, { signal, redirect: 'error' });
      if (!answer.ok) return undefined;
      const health = (await answer.json()) as Health;
      this.#answered.set(id, node.pid);
      return health;
    } catch {
      // It does not answer now, for whatever reason, and will be asked again.
      return undefined;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#wake.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wake.add(wake);
    });
  }
}
