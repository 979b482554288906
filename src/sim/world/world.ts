/**
 * Simulated time: everything that happens is an event with an instant, and events run in that order. Between two events all
 * promises that can continue do so; code under simulation may therefore be asynchronous, as long as it waits only for ports.
 */

import TinyQueue from 'tinyqueue';

interface SimEvent {
  readonly at: number;
  readonly sequence: number;
  readonly run: () => void;
  isCancelled: boolean;
}

const lookMs = 50;
/** Time moves by at least this: what is left of a timeout may be less than two instants differ by, and would be left for ever. */
const stepMs = 0.001;

export class World {
  #now = 0;
  #sequence = 0;
  #eventCount = 0;
  /** By instant, then by order of arrival: events of the same instant must run in the same order in every run of a seed. */
  readonly #queue = new TinyQueue<SimEvent>([], (a, b) => a.at - b.at || a.sequence - b.sequence);

  /** Milliseconds since the simulation began. */
  get now(): number {
    return this.#now;
  }

  /** Events that have run. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** @returns a function that cancels the event */
  after(delayMs: number, run: () => void): () => void {
    const event: SimEvent = {
      at: this.#now + (delayMs > 0 ? Math.max(stepMs, delayMs) : 0),
      sequence: this.#sequence,
      run,
      isCancelled: false,
    };
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

  /** Checks again and again, until it is true. */
  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await this.wait(lookMs);
  }

  /** Runs events up to `until` (with Infinity: as long as there are any), or until `isOver`. @param afterEach - called after every event */
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
