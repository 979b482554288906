/**
 * Tasks that run where a node leads, and append in the name of its epoch. One that has not noticed that its epoch is over goes on
 * for a while, through any node.
 */

import type { Epoch } from '../../core/model/numbers.ts';
import type { Random } from '../world/random.ts';
import type { SimNode } from '../world/sim-node.ts';

/** Share of the appends that are of such a task. */
const fencedShare = 0.25;
/** How many epochs have tasks that still run. */
const epochsMax = 3;

export class LeaderTasks {
  readonly #nodes: readonly SimNode[];
  readonly #random: Random;
  /** The newest last. */
  #epochs: readonly Epoch[] = [];

  constructor(nodes: readonly SimNode[], random: Random) {
    this.#nodes = nodes;
    this.#random = random;
  }

  /** @returns the epoch in whose name the next append is; `undefined` if it is no task's */
  draw(): Epoch | undefined {
    for (const { driver } of this.#nodes) {
      const epoch = driver?.isLeading === true ? driver.leader?.epoch : undefined;
      if (epoch !== undefined && !this.#epochs.includes(epoch)) this.#epochs = [...this.#epochs, epoch].slice(-epochsMax);
    }
    if (this.#epochs.length === 0 || !this.#random.chance(fencedShare)) return undefined;
    return this.#random.chance(0.6) ? this.#epochs.at(-1) : this.#random.pick(this.#epochs);
  }
}
