/**
 * The experiment that is under way, or was last: it goes on while another view of the page is looked at, and when the
 * page is left in the middle of it the nodes are given back as they were.
 */

import type { LabNode } from '../../api/lab.ts';
import type { Bench } from './experiments/testbed.ts';
import { Watchers } from '../data/watchers.ts';
import { perform } from './experiments/perform.ts';
import type { Result } from './experiments/perform.ts';
import type { Step } from './experiments/experiment-run.ts';
import type { Experiment } from './experiments/experiment.ts';

export interface Session {
  readonly experiment: Experiment;
  /** The choice that the visitor made before. */
  readonly predicted: string;
  readonly steps: readonly Step[];
  /** `undefined` while it goes on. */
  readonly result: Result | undefined;
}

/** Says `pagehide`. */
type LeftPage = Pick<EventTarget, 'addEventListener' | 'removeEventListener'>;

export class LabSession {
  readonly #bench: Bench;
  readonly #resetWhileLeaving: (nodes: readonly LabNode[]) => void;
  readonly #page: LeftPage;
  #current: Session | undefined;
  #stopping: AbortController | undefined;
  readonly #watchers = new Watchers();

  constructor(bench: Bench, resetWhileLeaving: (nodes: readonly LabNode[]) => void, page: LeftPage = globalThis) {
    this.#bench = bench;
    this.#resetWhileLeaving = resetWhileLeaving;
    this.#page = page;
  }

  /** The same object until something changed. */
  get current(): Session | undefined {
    return this.#current;
  }

  get isRunning(): boolean {
    return this.#current !== undefined && this.#current.result === undefined;
  }

  now(): number {
    return this.#bench.now();
  }

  /** @returns what ends it */
  subscribe(watcher: () => void): () => void {
    return this.#watchers.subscribe(watcher);
  }

  /** Resolves when it is over, and everything is put back. */
  async start(experiment: Experiment, predicted: string): Promise<void> {
    if (this.isRunning) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    this.#change({ experiment, predicted, steps: [], result: undefined });
    let before: readonly LabNode[] | undefined;
    const leave = (): void => {
      // Until it is heard how the nodes stand, nothing is done to them.
      if (before !== undefined) this.#resetWhileLeaving(before);
    };
    this.#page.addEventListener('pagehide', leave);
    const result = await perform(experiment, this.#bench, {
      signal: stopping.signal,
      told: (step) => this.#take(step),
      given: (nodes) => (before = nodes),
    });
    this.#page.removeEventListener('pagehide', leave);
    if (this.#current !== undefined) this.#change({ ...this.#current, result });
  }

  /** It is over when everything is put back. */
  stop(): void {
    this.#stopping?.abort(new Error('stopped'));
  }

  /** Forgets the last one. */
  clear(): void {
    if (!this.isRunning) this.#change(undefined);
  }

  #take(step: Step): void {
    if (this.#current === undefined) return;
    const steps = [...this.#current.steps];
    steps[step.id] = step;
    this.#change({ ...this.#current, steps });
  }

  #change(session: Session | undefined): void {
    this.#current = session;
    this.#watchers.tell();
  }
}
