/** Sends an append through each lane every ten milliseconds, without waiting for earlier ones, and notes when each was answered. */

import { pause, waitFor } from '../wait.ts';
import type { ProbeLane } from './strikable.ts';

const probeEveryMs = 10;
const warmCount = 5;
const warmWithinMs = 30_000;

export interface Probe {
  readonly name: string;
  readonly began: number;
  ended: number | undefined;
  failure: string | undefined;
}

export class Prober {
  readonly probes: Probe[] = [];
  readonly #lanes: readonly ProbeLane[];
  readonly #prefix: string;
  readonly #answers = new Set<Promise<void>>();
  readonly #acknowledged: number[];
  #isOver = false;
  readonly #running: Promise<void>;

  /** @param prefix - of the names of its probes; unique within a cluster */
  constructor(lanes: readonly ProbeLane[], prefix: string) {
    this.#lanes = lanes;
    this.#prefix = prefix;
    this.#acknowledged = lanes.map(() => 0);
    this.#running = this.#run();
  }

  /** Waits until each lane works. */
  async isWarm(): Promise<void> {
    await waitFor('appends go through each node', () => this.#acknowledged.every((count) => count >= warmCount), warmWithinMs);
  }

  /** Waits until an append that was sent at or after that moment is acknowledged. @returns when that was */
  async acknowledgedAfter(moment: number, withinMs: number): Promise<number> {
    let first: number | undefined;
    await waitFor(
      'an append is acknowledged',
      () => {
        const ended = this.probes.flatMap((probe) =>
          probe.began >= moment && probe.ended !== undefined && probe.failure === undefined ? [probe.ended] : [],
        );
        if (ended.length > 0) first = Math.min(...ended);
        return first !== undefined;
      },
      withinMs,
    );
    return first ?? Number.NaN;
  }

  /** Sends no more. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  /** Sends no more, and waits for all answers. */
  async drain(): Promise<void> {
    await this.stop();
    await Promise.all(this.#answers);
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#isOver; count += 1) {
      for (const [index, lane] of this.#lanes.entries()) this.#send(lane, index, count);
      await pause(probeEveryMs);
    }
  }

  #send(lane: ProbeLane, index: number, count: number): void {
    const probe: Probe = { name: `${this.#prefix}-${index}-${count}`, began: performance.now(), ended: undefined, failure: undefined };
    this.probes.push(probe);
    const answer = lane.send(probe.name).then(
      () => {
        probe.ended = performance.now();
        this.#acknowledged[index] = (this.#acknowledged[index] ?? 0) + 1;
      },
      (error: unknown) => {
        probe.ended = performance.now();
        probe.failure = error instanceof Error ? error.message : String(error);
      },
    );
    this.#answers.add(answer);
    void answer.then(() => this.#answers.delete(answer));
  }
}
