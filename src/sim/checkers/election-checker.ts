/** Checks nodes that elect their leader: the rules of polls, those of leaders, and that the cluster makes progress. */

import type { Ready, ReplicaEvent } from '../../core/model/events.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';
import type { Coverage } from './coverage.ts';
import { ProgressChecker } from './progress-checker.ts';
import { LeaderChecker } from './leader-checker.ts';
import { PollChecker } from './poll-checker.ts';

export interface ElectionCheckerParts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly coverage: Coverage;
  /** Appends something through this node, at `majority`. */
  readonly probe: (node: SimNode) => Promise<void> | undefined;
  readonly onError: (error: unknown) => void;
}

export class ElectionChecker {
  readonly #polls: PollChecker;
  readonly #leaders: LeaderChecker;
  readonly #progress: ProgressChecker;

  constructor(parts: ElectionCheckerParts) {
    const { world, nodes, coverage } = parts;
    this.#polls = new PollChecker({ world, nodes, coverage });
    this.#leaders = new LeaderChecker(world);
    this.#progress = new ProgressChecker({ ...parts, nowAndThen: () => nodes.forEach((node) => this.#leaders.checkFitness(node)) });
  }

  start(): void {
    this.#progress.start();
  }

  heard(node: SimNode, event: ReplicaEvent): void {
    this.#polls.heard(node, event);
    this.#leaders.heard(node, event);
  }

  decided(node: SimNode, ready: Ready): void {
    this.#polls.decided(node, ready);
    this.#leaders.decided(node, ready);
  }

  logged(node: SimNode, what: string, facts: Readonly<Record<string, unknown>>): void {
    this.#polls.logged(node, what, facts);
    this.#leaders.logged(node, what, facts);
    this.#progress.logged(node, what);
  }

  /** After every event. */
  check(node: SimNode): void {
    this.#polls.check(node);
    this.#leaders.check(node);
  }
}
