/** A node's clock in a simulated world. It dies with its process: nothing of a crashed node happens any more. */

import { instantMs, timestampMs } from '../core/numbers.ts';
import type { InstantMs, TimestampMs } from '../core/numbers.ts';
import type { Clock } from '../ports.ts';
import type { World } from './world.ts';

export class SimClock implements Clock {
  readonly #world: World;
  readonly #startedAt: number;
  readonly #wallSkewMs: number;
  #isStopped = false;
  /** While the process is suspended, what is due waits. */
  #paused: (() => void)[] | undefined;

  constructor(world: World, wallSkewMs: number) {
    this.#world = world;
    this.#startedAt = world.now;
    this.#wallSkewMs = wallSkewMs;
  }

  now(): InstantMs {
    return instantMs(this.#world.now - this.#startedAt);
  }

  wallClock(): TimestampMs {
    return timestampMs(Math.max(0, Math.round(1_700_000_000_000 + this.#world.now + this.#wallSkewMs)));
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#world.after(delayMs, () => this.#run(callback));
  }

  soon(callback: () => void): void {
    this.#world.after(0, () => this.#run(callback));
  }

  stop(): void {
    this.#isStopped = true;
  }

  pause(): void {
    this.#paused ??= [];
  }

  resume(): void {
    const due = this.#paused ?? [];
    this.#paused = undefined;
    for (const callback of due) this.#world.after(0, () => this.#run(callback));
  }

  /** Runs something that came from outside, now or when the process goes on. */
  deliver(callback: () => void): void {
    this.#run(callback);
  }

  #run(callback: () => void): void {
    if (this.#isStopped) return;
    if (this.#paused === undefined) callback();
    else this.#paused.push(callback);
  }
}
