/**
 * Simulated time: everything that happens is an event with an instant, and runs in that order. Between two events all
 * promises that can go on do so, so code under simulation may be asynchronous as long as it waits only for ports.
 */

interface SimEvent {
  readonly at: number;
  readonly sequence: number;
  readonly run: () => void;
  isCancelled: boolean;
}

export class World {
  #now = 0;
  #sequence = 0;
  #eventCount = 0;
  readonly #queue = new EventHeap();

  /** Milliseconds since the simulation began. */
  get now(): number {
    return this.#now;
  }

  /** Events that have run. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** @returns calls it off */
  after(delayMs: number, run: () => void): () => void {
    const event: SimEvent = { at: this.#now + Math.max(0, delayMs), sequence: this.#sequence, run, isCancelled: false };
    this.#sequence += 1;
    this.#queue.push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /** Runs what is due until `until` (with Infinity: while there is anything), or until `isOver`. @param afterEach - looks at the world after every event */
  async run(until: number, afterEach: () => void, isOver: () => boolean = () => false): Promise<void> {
    for (;;) {
      if (isOver()) return;
      const next = this.#queue.peek();
      if (next === undefined || next.at > until) {
        if (Number.isFinite(until)) this.#now = until;
        return;
      }
      this.#queue.pop();
      if (next.isCancelled) continue;
      this.#now = next.at;
      this.#eventCount += 1;
      next.run();
      await new Promise((resolve) => setImmediate(resolve));
      afterEach();
    }
  }
}

/** A binary heap by instant, then by order of arrival. */
class EventHeap {
  readonly #items: SimEvent[] = [];

  peek(): SimEvent | undefined {
    return this.#items[0];
  }

  push(event: SimEvent): void {
    const items = this.#items;
    items.push(event);
    let index = items.length - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  pop(): void {
    const items = this.#items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return;
    items[0] = last;
    let index = 0;
    for (;;) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2]) if (child < items.length && this.#isBefore(child, least)) least = child;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const first = this.#items[a];
    const second = this.#items[b];
    if (first === undefined || second === undefined) return false;
    return first.at < second.at || (first.at === second.at && first.sequence < second.sequence);
  }

  #swap(a: number, b: number): void {
    const first = this.#items[a];
    const second = this.#items[b];
    if (first === undefined || second === undefined) return;
    this.#items[a] = second;
    this.#items[b] = first;
  }
}
