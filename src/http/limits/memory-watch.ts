/**
 * Notices in time that this process is about to run out of memory: then it takes nothing that costs much of it from callers who
 * come, and goes on serving those who are there.
 */

import { getHeapStatistics } from 'node:v8';
import { LogError } from '../../api/problems.ts';

const lookEveryMs = 1000;
/** Short of memory from this share of what there is on, and no more below the other. */
const shortShare = 0.9;
const enoughShare = 0.8;
/** A container without a limit reports one that no machine has. */
const believableMax = 2 ** 50;

export interface MemoryUse {
  readonly used: number;
  readonly max: number;
  /** What would run out: the heap of the program, or what the container may have. */
  readonly of: 'heap' | 'container';
}

interface MemoryWatchParts {
  readonly uses: () => readonly MemoryUse[];
  /** Told when there is too little, and when there is enough again. */
  readonly changed: (isShort: boolean, use: MemoryUse) => void;
}

export class MemoryWatch {
  readonly #parts: MemoryWatchParts;
  #timer: NodeJS.Timeout | undefined;
  #isShort = false;

  constructor(parts: MemoryWatchParts) {
    this.#parts = parts;
  }

  get isShort(): boolean {
    return this.#isShort;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  look(): void {
    const [fullest] = this.#parts.uses().toSorted((a, b) => b.used / b.max - a.used / a.max);
    if (fullest === undefined) return;
    const share = fullest.used / fullest.max;
    const isShort = this.#isShort ? share >= enoughShare : share >= shortShare;
    if (isShort === this.#isShort) return;
    this.#isShort = isShort;
    this.#parts.changed(isShort, fullest);
  }

  /** @throws LogError: `overloaded` while there is too little */
  readonly check = (): void => {
    if (this.#isShort)
      throw new LogError('overloaded', 'this node has too little memory left for this', { lacks: 'memory', limit: 'MEMORY' });
  };
}

/** Of this process, in bytes. */
export function memoryUses(): MemoryUse[] {
  const { used_heap_size: used, heap_size_limit: max } = getHeapStatistics();
  const uses: MemoryUse[] = [{ used, max, of: 'heap' }];
  const container = process.constrainedMemory();
  if (container > 0 && container < believableMax) uses.push({ used: process.memoryUsage.rss(), max: container, of: 'container' });
  return uses;
}
