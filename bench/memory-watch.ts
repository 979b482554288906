/** Samples a node's resident memory. */

import type { Series } from './results.ts';
import type { OurNode } from './systems/our-node.ts';

export class MemoryWatch implements Disposable {
  readonly #node: OurNode;
  readonly #startedAt = performance.now();
  readonly #points: [seconds: number, megabytes: number][] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(node: OurNode, everyMs: number) {
    this.#node = node;
    this.#look();
    this.#timer = setInterval(() => this.#look(), everyMs);
  }

  /** Seconds since the start, megabytes. */
  get series(): Series {
    return this.#points;
  }

  get firstMegabytes(): number {
    return this.#points[0]?.[1] ?? 0;
  }

  get highestMegabytes(): number {
    return Math.max(...this.#points.map(([, megabytes]) => megabytes));
  }

  /** The samples from this part of the time, as shares from 0 to 1. */
  within(start: number, end: number): readonly number[] {
    const { length } = this.#points;
    return this.#points.slice(Math.floor(start * length), Math.max(Math.ceil(end * length), 1)).map(([, megabytes]) => megabytes);
  }

  #look(): void {
    this.#points.push([(performance.now() - this.#startedAt) / 1000, this.#node.memory().residentBytes / 1e6]);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
