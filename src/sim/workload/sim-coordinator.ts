/**
 * Decides which nodes may try to lead. Safety must not depend on it, so a fickle coordinator offers leadership to any node at
 * any time, even to several at once; after the faults it settles on one node, since progress does depend on it.
 */

import type { Plan } from '../world/plan.ts';
import type { Random } from '../world/random.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

/** How long a named node has to become the leader. */
const settleMs = 4000;

export interface OracleParts {
  readonly world: World;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  readonly plan: Plan;
  readonly tell: (node: string, what: string, facts: unknown) => void;
}

export class SimCoordinator {
  readonly #parts: OracleParts;
  readonly #named = new Set<SimNode>();
  #isCalm = false;
  #tried = 0;

  constructor(parts: OracleParts) {
    this.#parts = parts;
    const [master] = parts.nodes;
    if (master !== undefined && parts.plan.coordinator !== 'elections') this.#named.add(master);
  }

  /** A node that starts is offered leadership if it is named. */
  started(node: SimNode): void {
    if (this.#named.has(node)) node.driver?.offerLeadership();
  }

  start(): void {
    if (this.#parts.plan.coordinator === 'fickle') this.#changeMindLater();
  }

  stopFaults(): void {
    this.#isCalm = true;
    if (this.#parts.plan.coordinator !== 'fickle') return;
    for (const node of this.#parts.nodes) this.#withdraw(node);
    this.#settleOnOne();
  }

  /** On a node that has a log; if it does not become the leader, on another one. */
  #settleOnOne(): void {
    const { nodes, world } = this.#parts;
    const [leader] = [...this.#named];
    if (leader?.replica?.isLeading !== true) {
      if (leader !== undefined) this.#withdraw(leader);
      const able = nodes.filter((node) => (node.replica?.clusterId ?? null) !== null);
      // Where no node has a log, the master may found.
      const next = able[this.#tried % Math.max(1, able.length)] ?? nodes[0];
      this.#tried += 1;
      if (next !== undefined) this.#offer(next);
    }
    world.after(settleMs, () => this.#settleOnOne());
  }

  #changeMindLater(): void {
    const { world, random, nodes } = this.#parts;
    // Sometimes almost at once: then messages of an epoch that is over are still in flight.
    world.after(random.chance(0.25) ? random.between(10, 300) / 10 : random.between(100, 6000), () => {
      if (this.#isCalm) return;
      const node = random.pick(nodes);
      if (this.#named.has(node) && this.#named.size > 1 && random.chance(0.6)) this.#withdraw(node);
      else this.#offer(node);
      this.#changeMindLater();
    });
  }

  #offer(node: SimNode): void {
    this.#named.add(node);
    this.#parts.tell(node.id, 'leadership offered', {});
    node.driver?.offerLeadership();
  }

  #withdraw(node: SimNode): void {
    if (!this.#named.delete(node)) return;
    this.#parts.tell(node.id, 'leadership withdrawn', {});
    node.driver?.withdrawLeadership();
  }
}
