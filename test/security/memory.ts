/** How much the processes of nodes grow, after they have taken what they need anyway. */

import { readFileSync } from 'node:fs';
import type { TestNode } from '../support/nodes.ts';

const sampleEveryMs = 200;

export function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Resident memory, in bytes. */
export function rssOf(node: TestNode): number {
  return 1024 * Number(/^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${node.pid}/status`, 'utf8'))?.[1]);
}

export class Memory implements Disposable {
  readonly #nodes: readonly TestNode[];
  readonly #timer: NodeJS.Timeout;
  #warm: readonly number[] | undefined;
  #most: number[] = [];

  constructor(nodes: readonly TestNode[]) {
    this.#nodes = nodes;
    this.#timer = setInterval(() => this.#look(), sampleEveryMs);
  }

  /** From now on they should not grow. */
  isWarm(): void {
    this.#warm ??= this.#nodes.map(rssOf);
  }

  /** Of the node that grew the most. */
  get growth(): number {
    this.#look();
    return Math.max(0, ...this.#most.map((most, index) => most - (this.#warm?.[index] ?? most)));
  }

  get warm(): number {
    return Math.max(...(this.#warm ?? [0]));
  }

  toString(): string {
    return `nodes take ${this.#nodes.map((node) => mib(rssOf(node))).join(', ')}; growth ${mib(this.growth)}`;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#warm === undefined || this.#nodes.some((node) => !node.isRunning)) return;
    this.#nodes.forEach((node, index) => (this.#most[index] = Math.max(this.#most[index] ?? 0, rssOf(node))));
  }
}
