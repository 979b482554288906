/**
 * Items that wait to be answered, by a number that is not used again before billions of others were.
 *
 * Slots are reused. A `Map` with as many insertions and deletions leaves a chain of outgrown tables behind, each with what it
 * held, and tables that were promoted to the old generation keep the rest of the chain alive: at 20,000 appends a second, that
 * made garbage collection the largest part of the work.
 */

/** How many items can wait at a time. Together with the generations, numbers stay within safe integers. */
const slotsMax = 2 ** 20;
const generationsMax = 2 ** 33;

export class SlotMap<Item> {
  readonly #items: (Item | undefined)[] = [];
  readonly #ids: number[] = [];
  readonly #free: number[] = [];
  #generation = 1;

  /** @returns the number of the item */
  add(item: Item): number {
    const slot = this.#free.pop() ?? this.#items.length;
    if (slot >= slotsMax) throw new RangeError(`more than ${slotsMax} items are waiting`);
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

  /** @returns the item; `undefined` if it no longer waits */
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
