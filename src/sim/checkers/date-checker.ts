/**
 * Holds the dates of batches to what the design promises of them: they never go back, and no wall clock dates the log
 * alone, beyond the hour that a new leader may be ahead by.
 */

import type { BatchDraft } from '../../core/model/batch.ts';
import { agreementMs } from '../../core/leader/clock-agreement.ts';
import { claim } from '../world/claim.ts';
import { worldBegan } from '../world/sim-clock.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const hourMs = 3_600_000;
/** What a leader knows of a clock may be this old: it was paused, or cut off. */
const latelyMs = 20_000;
/** Clocks run at paces that differ by a tenth, and what they said was under way for a while. */
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
    claim(age >= before.age, () => `a log never grows younger: ${node.id} writes ${age} after ${before.age}`);
    const passedMs = now - (this.#datedAt.get(before.timestamp) ?? 0);
    const isAlone = (node.replica?.status().members.filter(({ state }) => state !== 'joining').length ?? 0) <= 1;
    if (isAlone || timestamp <= before.timestamp + 1.1 * passedMs + hourMs + agreementMs + slackMs) return;
    const needed = timestamp - agreementMs - slackMs - worldBegan - now;
    const vouching = this.#nodes.filter((each) => each.wallSkewMax(latelyMs) >= needed).map(({ id }) => id);
    claim(
      vouching.length >= 2,
      () =>
        `no clock dates the log alone: ${node.id} writes ${timestamp - before.timestamp} ms later after ${passedMs}, as ${vouching.join()} says`,
    );
  }
}
