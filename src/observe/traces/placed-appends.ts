/**
 * The appends that are followed and have their place in the log, in the order of their places, until the disk and the
 * followers have reached them. Followers acknowledge one end for everything before it, so each has a place in this list
 * up to which it has come. What takes longer than `keptMs` is not followed any further.
 */

export interface PlacedTrace<Append> {
  readonly append: Append;
  /** One past its last entry. */
  readonly end: number;
  /** When it got its place, in milliseconds. */
  readonly placedAt: number;
}

const keptMs = 10_000;
const countMax = 8192;

export class PlacedAppends<Append> {
  #list: PlacedTrace<Append>[] = [];
  /** How many went before the first in the list. */
  #gone = 0;
  /** By reader: how many it has had, of all that there ever were. */
  readonly #had = new Map<string, number>();

  add(placed: PlacedTrace<Append>): void {
    const last = this.#list.at(-1);
    // Its place was taken before: what had it then was cut.
    if (last !== undefined && placed.end <= last.end) this.clear();
    this.#forget(placed.placedAt);
    this.#list.push(placed);
  }

  /** @returns those before `end` that this reader has not had yet */
  upTo(reader: string, end: number): readonly PlacedTrace<Append>[] {
    const first = Math.max(0, (this.#had.get(reader) ?? 0) - this.#gone);
    let next = first;
    while (next < this.#list.length && (this.#list[next]?.end ?? Infinity) <= end) next += 1;
    if (next === first) return [];
    this.#had.set(reader, this.#gone + next);
    return this.#list.slice(first, next);
  }

  clear(): void {
    this.#gone += this.#list.length;
    this.#list = [];
  }

  get count(): number {
    return this.#list.length;
  }

  /** In large steps: cutting off the first of a long list moves all others. */
  #forget(now: number): void {
    const { length } = this.#list;
    const oldest = this.#list[length >> 1];
    const isLate = oldest !== undefined && oldest.placedAt <= now - keptMs;
    if (length < countMax && !isLate) return;
    const count = (length >> 1) + 1;
    this.#list = this.#list.slice(count);
    this.#gone += count;
  }
}
