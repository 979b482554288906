import { instantMs, timestampMs } from '../core/model/numbers.ts';
import type { Clock } from './ports.ts';

/** A clock that the test moves. */
export class ManualClock implements Clock {
  #now = 0;
  #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  now(): ReturnType<Clock['now']> {
    return instantMs(this.#now);
  }

  wallClock(): ReturnType<Clock['wallClock']> {
    return timestampMs(this.#now);
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  soon(callback: () => void): void {
    queueMicrotask(callback);
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.#now += 10;
      for (const timer of [...this.#timers]) {
        if (timer.at > this.#now) continue;
        this.#timers.delete(timer);
        timer.callback();
      }
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  }
}
