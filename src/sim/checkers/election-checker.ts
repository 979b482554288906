/**
 * Holds nodes that elect their leader to two promises, while things go wrong, and not only once it is calm:
 *
 * Liveness: as soon as a majority of the members is up, can all speak with each other, and has disks that answer, one of it
 * leads, or another one that has its majority does, whatever the others suffer.
 *
 * Stability: as long as the leader is one of such a majority, nobody else comes to lead, whatever the others suffer, unless
 * it hands over or somebody forces another one.
 */

import type { ReplicaStatus } from '../../core/status.ts';
import { claim } from '../world/claim.ts';
import type { SimDisk } from '../world/sim-disk.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const checkEveryMs = 100;
/** Polls that meet, a dial that is backed off, a campaign that a slow disk holds up: three election timeouts, and a slack. */
const electedWithinMs = 8000;
/** A majority that came together a moment ago may be in the middle of an election. */
const settledMs = 2500;
/** What an operator began takes effect within this. */
const handOverMs = 8000;

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
  /** Since when the leader of an epoch is one of such nodes. */
  readonly #stableSince = new Map<string, { readonly epoch: number; readonly at: number }>();
  #operatedAt = Number.NEGATIVE_INFINITY;
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

  logged(node: SimNode, what: string): void {
    const { now } = this.#world;
    if (what === 'leadership.handing-over' || what === 'leadership.forced' || what === 'epoch.given-up') this.#operatedAt = now;
    if (what !== 'epoch.began' || now - this.#operatedAt < handOverMs) return;
    const epoch = Number(node.replica?.promisedEpoch);
    for (const [key, stable] of this.#stableSince) {
      const sinceMs = now - stable.at;
      claim(
        sinceMs < settledMs || epoch <= stable.epoch,
        () => `nobody deposes a leader that has its majority: ${node.id} begins epoch ${epoch}, and ${key} was stable for ${sinceMs} ms`,
      );
    }
  }

  #check(): void {
    const { now } = this.#world;
    const able = new Set<string>();
    // Also by one of the others, as long as that one has its majority.
    const statuses = new Map(this.#nodes.map((node) => [node, node.isAwake ? node.replica?.status() : undefined]));
    const leader = this.#nodes.find((node) => statuses.get(node)?.isConfirmed === true);
    const isLed = leader !== undefined;
    for (const group of this.#groups(statuses)) {
      const key = group.map(({ id }) => id).join(' ');
      able.add(key);
      this.#noteStable(key, leader !== undefined && group.includes(leader) ? leader : undefined);
      if (isLed || !this.#ableSince.has(key)) this.#ableSince.set(key, now);
      const leaderlessMs = now - (this.#ableSince.get(key) ?? now);
      const delayMs = Math.max(...group.map((node) => node.delayMs));
      this.longestMs = Math.max(this.longestMs, leaderlessMs - 2 * delayMs);
      claim(
        leaderlessMs <= electedWithinMs + 2 * delayMs,
        () => `of ${key}, which can all speak with each other and are a majority, nobody leads for ${leaderlessMs} ms`,
      );
    }
    for (const key of this.#ableSince.keys()) if (!able.has(key)) this.#ableSince.delete(key);
    for (const key of this.#stableSince.keys()) if (!able.has(key)) this.#stableSince.delete(key);
  }

  #noteStable(key: string, leader: SimNode | undefined): void {
    const epoch = leader?.replica?.promisedEpoch;
    if (epoch === undefined) this.#stableSince.delete(key);
    else if (this.#stableSince.get(key)?.epoch !== epoch) this.#stableSince.set(key, { epoch, at: this.#world.now });
  }

  /** All sets of nodes that could elect one of theirs: each may be the one that stays as it is. */
  *#groups(statuses: ReadonlyMap<SimNode, ReplicaStatus | undefined>): IterableIterator<SimNode[]> {
    const well = this.#nodes.filter((node) => node.isUp && isWell(node.disk) && statuses.get(node)?.isElectable === true);
    for (let chosen = 1; chosen < 2 ** well.length; chosen += 1) {
      const group = well.filter((_, at) => (chosen & (2 ** at)) !== 0);
      if (this.#isMajority(group, statuses) && this.#areConnected(group)) yield group;
    }
  }

  #isMajority(group: readonly SimNode[], statuses: ReadonlyMap<SimNode, ReplicaStatus | undefined>): boolean {
    return group.every((node) => {
      const members = statuses.get(node)?.members ?? [];
      const there = members.filter(({ id }) => group.some((one) => one.id === id));
      return members.length > 0 && there.length > members.length / 2;
    });
  }

  #areConnected(group: readonly SimNode[]): boolean {
    return group.every((one) => group.every((other) => one === other || this.#network.isOpen(one.url, other.url)));
  }
}
