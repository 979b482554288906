/**
 * Checks what is promised about the dates of batches: they never go back, and no single wall clock dates the log, beyond
 * the hour by which a new leader may be ahead.
 */

import type { BatchDraft } from '../../core/model/batch.ts';
import { agreementMs } from '../../core/leader/clock-agreement.ts';
import { claim } from '../world/claim.ts';
import { worldBegan } from '../world/sim-clock.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const hourMs = 3_600_000;
/** What a leader knows of another node's clock may be this old: one of the two was paused or cut off. */
const latelyMs = 20_000;
/** Clocks run up to a tenth too fast or too slow, and what they said was in flight for a while. */
const slackMs = 3000;

export class DateChecker {
  readonly #world: World;
  readonly #nodes: readonly SimNode[];
  /** When the world first saw a batch of this date. */
  readonly #datedAt = new Map<number, number>();

  constructor(world: World, nodes: readonly SimNode[]) {
    this.#world = world;
    this.#nodes = nodes;
  }

  decided(node: SimNode, draft: BatchDraft): void {
    const { now } = this.#world;
    const { timestamp, age } = draft;
    if (!this.#datedAt.has(timestamp)) this.#datedAt.set(timestamp, now);
    const before = node.log?.batches[draft.number - 1];
    if (before === undefined) return;
    claim(timestamp >= before.timestamp, () => `dates never go back: ${node.id} writes ${timestamp} after ${before.timestamp}`);
    claim(age >= before.age, () => `the age of a log never goes down: ${node.id} writes ${age} after ${before.age}`);
    const passedMs = now - (this.#datedAt.get(before.timestamp) ?? 0);
    const isAlone = (node.replica?.status().members.filter(({ state }) => state !== 'joining').length ?? 0) <= 1;
    if (isAlone || timestamp <= before.timestamp + 1.1 * passedMs + hourMs + agreementMs + slackMs) return;
    const needed = timestamp - agreementMs - slackMs - worldBegan - now;
    const vouching = this.#nodes.filter((each) => each.wallSkewMax(latelyMs) >= needed).map(({ id }) => id);
    claim(
      vouching.length >= 2,
      () =>
        `no single clock dates the log: ${node.id} writes ${timestamp - before.timestamp} ms later after ${passedMs}, as ${vouching.join()} says`,
    );
  }
}
