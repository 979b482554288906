/**
 * Holds nodes that elect their leader to two promises, while things go wrong, and not only once it is calm:
 *
 * Liveness: as soon as a majority of the members is up, can all speak with each other, and has disks that answer, one of it
 * leads, or another one that has its majority does, whatever the others suffer.
 *
 * Who reaches no majority disturbs nobody: its promised epoch does not grow.
 */

import { claim } from '../world/claim.ts';
import type { SimDisk } from '../world/sim-disk.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const checkEveryMs = 100;
/** Polls that meet, a dial that is backed off, a campaign that a slow disk holds up: three election timeouts, and a slack. */
const electedWithinMs = 12_000;

/** It answers, and has room for what is to be written. */
function isWell(disk: SimDisk): boolean {
  const hasRoom = disk.capacityBytes === Number.POSITIVE_INFINITY && disk.lacks === undefined;
  return hasRoom && !disk.isStalled && !disk.failsNextFlush && !disk.isDamaged;
}

export class ElectionChecker {
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #nodes: readonly SimNode[];
  readonly #onError: (error: unknown) => void;
  /** Since when these nodes could elect one of theirs, and nobody led. */
  readonly #ableSince = new Map<string, number>();
  /** The longest that such nodes were without a leader. */
  longestMs = 0;

  constructor(parts: {
    readonly world: World;
    readonly network: SimNetwork;
    readonly nodes: readonly SimNode[];
    readonly onError: (error: unknown) => void;
  }) {
    this.#world = parts.world;
    this.#network = parts.network;
    this.#nodes = parts.nodes;
    this.#onError = parts.onError;
  }

  start(): void {
    this.#world.after(checkEveryMs, () => {
      try {
        this.#check();
      } catch (error) {
        return this.#onError(error);
      }
      return this.start();
    });
  }

  #check(): void {
    const { now } = this.#world;
    const able = new Set<string>();
    // Also by one of the others, as long as that one has its majority.
    const isLed = this.#nodes.some(({ isAwake, replica }) => isAwake && replica?.status().isConfirmed === true);
    for (const group of this.#groups()) {
      const key = group.map(({ id }) => id).join(' ');
      able.add(key);
      if (isLed || !this.#ableSince.has(key)) this.#ableSince.set(key, now);
      const leaderlessMs = now - (this.#ableSince.get(key) ?? now);
      const delayMs = Math.max(...group.map((node) => node.delayMs));
      this.longestMs = Math.max(this.longestMs, leaderlessMs);
      claim(
        leaderlessMs <= electedWithinMs + 2 * delayMs,
        () => `of ${key}, which can all speak with each other and are a majority, nobody leads for ${leaderlessMs} ms`,
      );
    }
    for (const key of this.#ableSince.keys()) if (!able.has(key)) this.#ableSince.delete(key);
  }

  /** All sets of nodes that could elect one of theirs: each may be the one that stays as it is. */
  *#groups(): IterableIterator<SimNode[]> {
    const well = this.#nodes.filter(
      (node) => node.isUp && node.isAwake && isWell(node.disk) && node.replica?.status().isElectable === true,
    );
    for (let chosen = 1; chosen < 2 ** well.length; chosen += 1) {
      const group = well.filter((_, at) => (chosen & (2 ** at)) !== 0);
      if (this.#isMajority(group) && this.#areConnected(group)) yield group;
    }
  }

  #isMajority(group: readonly SimNode[]): boolean {
    return group.every(({ replica }) => {
      const members = replica?.status().members ?? [];
      const there = members.filter(({ id }) => group.some((node) => node.id === id));
      return members.length > 0 && there.length > members.length / 2;
    });
  }

  #areConnected(group: readonly SimNode[]): boolean {
    return group.every((one) => group.every((other) => one === other || this.#network.reaches(one.url, other.url)));
  }
}
