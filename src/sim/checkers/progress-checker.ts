/**
 * Holds nodes that elect their leader to what is promised while things go wrong, and not only once it is calm:
 *
 * Liveness: as soon as a majority of the members is up, can all speak with each other, and has disks that answer, one of it
 * leads, or another one that has its majority and a disk that answers, whatever the others suffer. An append that asks for a
 * majority is acknowledged within moments, and who can speak with that leader is led by it.
 *
 * Stability: as long as the leader is one of such a majority, nobody else comes to lead, whatever the others suffer, unless
 * it hands over or somebody forces another one. Who reaches no majority does not campaign.
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
/** An append is acknowledged within this, beside what nodes hold back: four flushes that take long. */
const acknowledgedMs = 1000;
const probeEveryMs = 1000;
/** A node registers, is dialed, gives up what its leader does not have, and follows. */
const ledWithinMs = 8000;
/** What was said before a node was cut off has come, or comes no more. */
const cutOffMs = 1500;

/** It answers, and has room for what is to be written. */
function isWell(disk: SimDisk): boolean {
  const hasRoom = disk.capacityBytes === Number.POSITIVE_INFINITY && disk.lacks === undefined;
  return hasRoom && !disk.isStalled && !disk.failsNextFlush && !disk.isDamaged;
}

/** An append that is under way. */
interface Probe {
  readonly sentAt: number;
  readonly key: string;
  readonly epoch: number;
  readonly limitMs: number;
  readonly node: SimNode;
}

interface Parts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  /** Appends something through this node, for a majority. */
  readonly probe: (node: SimNode) => Promise<void> | undefined;
  /** Looked at as often as this. */
  readonly nowAndThen: () => void;
  readonly onError: (error: unknown) => void;
}

export class ProgressChecker {
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #nodes: readonly SimNode[];
  readonly #onError: (error: unknown) => void;
  /** Since when these nodes could elect one of theirs, and nobody led. */
  readonly #ableSince = new Map<string, number>();
  /** Since when the leader of an epoch is one of such nodes. */
  readonly #stableSince = new Map<string, { readonly leader: SimNode; readonly epoch: number; readonly at: number }>();
  /** Since when each node could speak with the leader of an epoch. */
  readonly #besideSince = new Map<SimNode, { readonly epoch: number; readonly at: number }>();
  /** Since when a node reaches no majority. */
  readonly #cutOffSince = new Map<SimNode, number>();
  readonly #probe: Parts['probe'];
  readonly #nowAndThen: () => void;
  #operatedAt = Number.NEGATIVE_INFINITY;
  /** The longest that such nodes were without a leader. */
  longestMs = 0;
  readonly #probes = new Set<Probe>();
  #probedAt = 0;

  constructor(parts: Parts) {
    this.#world = parts.world;
    this.#network = parts.network;
    this.#nodes = parts.nodes;
    this.#probe = parts.probe;
    this.#nowAndThen = parts.nowAndThen;
    this.#onError = parts.onError;
  }

  start(): void {
    this.#world.after(checkEveryMs, () => {
      try {
        this.#nowAndThen();
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
    if (what === 'campaign.started') this.#campaigned(node);
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

  #campaigned(node: SimNode): void {
    const { now } = this.#world;
    this.#noteReach(node, node.replica?.status());
    const cutOffMsBefore = now - (this.#cutOffSince.get(node) ?? now);
    claim(
      cutOffMsBefore < cutOffMs || now - this.#operatedAt < handOverMs || node.isInMemory,
      () => `who reaches no majority does not campaign: ${node.id} has been cut off for ${cutOffMsBefore} ms`,
    );
  }

  #check(): void {
    const { now } = this.#world;
    const able = new Set<string>();
    // Also by one of the others, as long as that one has its majority.
    const statuses = new Map(this.#nodes.map((node) => [node, node.isAwake ? node.replica?.status() : undefined]));
    const leader = this.#nodes.find((node) => statuses.get(node)?.isConfirmed === true);
    // Whose own disk hangs, or is full, leads nobody anywhere.
    const isLed = leader !== undefined && isWell(leader.disk);
    for (const node of this.#nodes) this.#noteReach(node, statuses.get(node));
    this.#checkLed(leader, statuses);
    for (const group of this.#groups(statuses)) {
      const key = group.map(({ id }) => id).join(' ');
      able.add(key);
      this.#noteStable(key, leader !== undefined && group.includes(leader) ? leader : undefined);
      this.#probeNow(key, group);
      if (isLed || !this.#ableSince.has(key)) this.#ableSince.set(key, now);
      const leaderlessMs = now - (this.#ableSince.get(key) ?? now);
      const delayMs = Math.max(...group.map((node) => node.delayMs));
      this.longestMs = Math.max(this.longestMs, leaderlessMs - 2 * delayMs);
      claim(
        leaderlessMs <= electedWithinMs + 2 * delayMs,
        () => `of ${key}, which can all speak with each other and are a majority, nobody leads for ${leaderlessMs} ms`,
      );
    }
    this.#checkProbes();
    for (const key of this.#ableSince.keys()) if (!able.has(key)) this.#ableSince.delete(key);
    for (const key of this.#stableSince.keys()) if (!able.has(key)) this.#stableSince.delete(key);
  }

  #noteStable(key: string, leader: SimNode | undefined): void {
    const epoch = leader?.replica?.promisedEpoch;
    if (leader === undefined || epoch === undefined) this.#stableSince.delete(key);
    else if (this.#stableSince.get(key)?.epoch !== epoch) this.#stableSince.set(key, { leader, epoch, at: this.#world.now });
  }

  /** From time to time, an append through one of those that have had their leader for a while. */
  #probeNow(key: string, group: readonly SimNode[]): void {
    const { now } = this.#world;
    const stable = this.#stableSince.get(key);
    const isSettled = stable !== undefined && now - stable.at >= settledMs && now - this.#operatedAt >= handOverMs;
    if (!isSettled || now - this.#probedAt < probeEveryMs) return;
    this.#probedAt = now;
    const node = group[Math.floor(now / probeEveryMs) % group.length];
    if (node === undefined || node.isStopping || stable.leader.isStopping) return;
    const limitMs = acknowledgedMs + 3 * Math.max(...group.map((each) => each.delayMs));
    const answer = this.#probe(node);
    if (answer === undefined) return;
    const probe = { sentAt: now, key, epoch: stable.epoch, limitMs, node };
    this.#probes.add(probe);
    void answer.then(() => this.#probes.delete(probe));
  }

  #checkProbes(): void {
    const { now } = this.#world;
    for (const probe of this.#probes) {
      const { sentAt, key, epoch, limitMs, node } = probe;
      const stable = this.#stableSince.get(key);
      const hasChanged = stable?.epoch !== epoch || stable.at >= sentAt || this.#operatedAt >= sentAt;
      // A node that was told to stop takes no appends, its own or those that are passed on to it.
      if (hasChanged || node.isStopping || stable.leader.isStopping) this.#probes.delete(probe);
      else
        claim(now - sentAt <= limitMs, () => `of ${key}, led in ${epoch}, an append through ${node.id} has waited for ${now - sentAt} ms`);
    }
  }

  #noteReach(node: SimNode, status: ReplicaStatus | undefined): void {
    const members = status?.members ?? [];
    const reached = members.filter(({ id }) => this.#nodes.some((other) => other.id === id && other.isUp && this.#canSpeak(node, other)));
    if (members.length === 0 || 2 * reached.length > members.length) this.#cutOffSince.delete(node);
    else if (!this.#cutOffSince.has(node)) this.#cutOffSince.set(node, this.#world.now);
  }

  #canSpeak(one: SimNode, other: SimNode): boolean {
    return one === other || (this.#network.reaches(one.url, other.url) && this.#network.reaches(other.url, one.url));
  }

  /** Who can speak with a leader is led by it, unless it was taken out. */
  #checkLed(leader: SimNode | undefined, statuses: ReadonlyMap<SimNode, ReplicaStatus | undefined>): void {
    const { now } = this.#world;
    const epoch = leader?.replica?.promisedEpoch ?? 0;
    const removed: readonly string[] = leader?.log?.lists().next().value?.list.removed ?? [];
    for (const node of this.#nodes) {
      const isBeside =
        leader !== undefined &&
        node !== leader &&
        statuses.get(node) !== undefined &&
        isWell(node.disk) &&
        isWell(leader.disk) &&
        this.#areConnected([leader, node]) &&
        // Only where a node was at first do the others look for it.
        !leader.hasMoved &&
        !removed.includes(node.id);
      const since = this.#besideSince.get(node);
      if (!isBeside) this.#besideSince.delete(node);
      else if (since?.epoch !== epoch) this.#besideSince.set(node, { epoch, at: now });
      else if (node.replica?.leader?.id === leader.id) this.#besideSince.set(node, { epoch, at: now });
      const besideMs = now - (this.#besideSince.get(node)?.at ?? now);
      claim(
        besideMs <= ledWithinMs,
        () => `who can speak with the leader is led: ${leader?.id} leads ${epoch}, and not ${node.id}, for ${besideMs} ms`,
      );
    }
  }

  /** All sets of nodes that could elect one of theirs: each may be the one that stays as it is. */
  *#groups(statuses: ReadonlyMap<SimNode, ReplicaStatus | undefined>): IterableIterator<SimNode[]> {
    const well = this.#nodes.filter((node) => node.isUp && isWell(node.disk) && couldLead(statuses.get(node)));
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

/** A member with this storage and with room, whatever it thinks of whom it reaches: the network knows that better. */
function couldLead(status: ReplicaStatus | undefined): boolean {
  if (status === undefined || !status.canStore || status.stall !== undefined) return false;
  // Of itself a node says so under the storage that it has only.
  return status.members.some(({ id, durableEnd }) => id === status.id && durableEnd !== undefined);
}
