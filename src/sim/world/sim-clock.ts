/**
 * A node's clock in a simulated world: it runs at a pace of its own, and its wall clock jumps. It ends with its process:
 * after a crash, nothing that the process had scheduled happens.
 */

import { instantMs, timestampMs } from '../../core/model/numbers.ts';
import type { InstantMs, TimestampMs } from '../../core/model/numbers.ts';
import type { Clock } from '../../ports/ports.ts';
import type { World } from './world.ts';

/** In ms since 1970, by a clock that is right. */
export const worldBegan = 1_700_000_000_000;

export class SimClock implements Clock {
  readonly #world: World;
  readonly #startedAt: number;
  /** How many milliseconds of this clock pass in one of the world's. */
  readonly #pace: number;
  #wallSkewMs: number;
  #isStopped = false;
  /** While the process is suspended, what is due waits. */
  #paused: (() => void)[] | undefined;

  constructor(world: World, parts: { readonly wallSkewMs: number; readonly pace: number }) {
    this.#world = world;
    this.#startedAt = world.now;
    this.#wallSkewMs = parts.wallSkewMs;
    this.#pace = parts.pace;
  }

  now(): InstantMs {
    return instantMs((this.#world.now - this.#startedAt) * this.#pace);
  }

  wallClock(): TimestampMs {
    return timestampMs(Math.max(0, Math.round(worldBegan + this.#world.now + this.#wallSkewMs)));
  }

  after(delayMs: number, callback: () => void): () => void {
    return this.#world.after(delayMs / this.#pace, () => this.#run(callback));
  }

  /** How far the wall clock is ahead of the world's. */
  get wallSkewMs(): number {
    return this.#wallSkewMs;
  }

  /** The wall clock is set; time itself goes on as before. */
  jump(byMs: number): void {
    this.#wallSkewMs += byMs;
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

  /** Runs something that came from outside, now or when the process is resumed. */
  deliver(callback: () => void): void {
    this.#run(callback);
  }

  #run(callback: () => void): void {
    if (this.#isStopped) return;
    if (this.#paused === undefined) callback();
    else this.#paused.push(callback);
  }
}
