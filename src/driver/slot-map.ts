/**
 * What waits to be answered, by a number that is not used again before billions of others were.
 *
 * Slots are used again. A `Map` with as many insertions and deletions leaves a chain of outgrown tables behind, each
 * with what it held, and what was promoted to the old generation keeps the rest of the chain alive: at 20,000 appends a
 * second that made the garbage collector the largest part of the work.
 */

/** Bounds what can wait at once. With the generations it stays within safe integers. */
const slotsMax = 2 ** 20;
const generationsMax = 2 ** 33;

export class SlotMap<Item> {
  readonly #items: (Item | undefined)[] = [];
  readonly #ids: number[] = [];
  readonly #free: number[] = [];
  #generation = 1;

  /** @returns the number by which it is known */
  add(item: Item): number {
    const slot = this.#free.pop() ?? this.#items.length;
    if (slot >= slotsMax) throw new RangeError(`more than ${slotsMax} things wait`);
    this.#generation = (this.#generation + 1) % generationsMax || 1;
    const id = this.#generation * slotsMax + slot;
    this.#items[slot] = item;
    this.#ids[slot] = id;
    return id;
  }

  get(id: number): Item | undefined {
    const slot = id % slotsMax;
    return this.#ids[slot] === id ? this.#items[slot] : undefined;
  }

  /** @returns what it was; `undefined` if it does not wait any more */
  take(id: number): Item | undefined {
    const item = this.get(id);
    if (item === undefined) return undefined;
    const slot = id % slotsMax;
    this.#items[slot] = undefined;
    this.#ids[slot] = 0;
    this.#free.push(slot);
    return item;
  }
}
