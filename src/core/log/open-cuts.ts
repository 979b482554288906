/** The cuts of a log that its storage has not finished, each with the first batch that it removes. */

import { batchNumber } from '../model/numbers.ts';
import type { BatchNumber } from '../model/numbers.ts';

export class OpenCuts {
  readonly #open = new Map<number, BatchNumber>();
  #count = 0;
  /** The one that replaces the whole log by a checkpoint. */
  #replacing: number | undefined;

  /** The oldest one. */
  get oldest(): number | undefined {
    const [oldest] = this.#open.keys();
    return oldest;
  }

  get isReplacing(): boolean {
    return this.#replacing !== undefined;
  }

  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** @returns the number of this cut */
  begin(from: BatchNumber): number {
    this.#count += 1;
    this.#open.set(this.#count, from);
    return this.#count;
  }

  beginReplacing(): number {
    this.#replacing = this.begin(batchNumber(0));
    return this.#replacing;
  }

  done(cut: number): void {
    this.#open.delete(cut);
    if (this.#replacing === cut) this.#replacing = undefined;
  }

  /** Whether one of them removes batch `number`. */
  removes(number: BatchNumber): boolean {
    for (const from of this.#open.values()) if (from <= number) return true;
    return false;
  }
}
