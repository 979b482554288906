/**
 * Checks what nodes that elect their leader promise while faults are going on, and not only once it is calm:
 *
 * Liveness: once a majority of the members is up, all of it connected, with disks that answer, one of these nodes leads,
 * or another node does that has its majority and a disk that answers, whatever happens to the others. An append at `majority`
 * is acknowledged within moments, and every node that can reach that leader follows it.
 *
 * Stability: as long as the leader belongs to such a majority, no other node comes to lead, whatever happens to the others,
 * unless the leader hands over or an operator forces another one. A node that reaches no majority does not campaign.
 */

import type { ReplicaStatus } from '../../core/status.ts';
import { claim } from '../world/claim.ts';
import type { SimDisk } from '../world/sim-disk.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const checkEveryMs = 100;
/** Polls at the same time, a dial that backs off, a campaign that a slow disk delays: three election timeouts, and a margin. */
const electedWithinMs = 8000;
/** A majority that came together a moment ago may be in the middle of an election. */
const settledMs = 2500;
/** What an operator starts takes effect within this. */
const handOverMs = 8000;
/** An append is acknowledged within this, besides the nodes' own delays: four slow flushes. */
const acknowledgedMs = 1000;
const probeEveryMs = 1000;
/** A node registers, is dialed, cuts what its leader does not have, and follows. */
const ledWithinMs = 8000;
/** What was sent before a node was cut off has arrived by then, or never will. */
const cutOffMs = 1500;

/** It answers, and has room for more. */
function isWell(disk: SimDisk): boolean {
  const hasRoom = disk.capacityBytes === Number.POSITIVE_INFINITY && disk.lacks === undefined;
  return hasRoom && !disk.isStalled && !disk.failsNextFlush && !disk.isDamaged;
}

/** An append in progress. */
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
  /** Appends something through this node, at `majority`. */
  readonly probe: (node: SimNode) => Promise<void> | undefined;
  /** Called before each of the periodic checks. */
  readonly nowAndThen: () => void;
  readonly onError: (error: unknown) => void;
}

export class ProgressChecker {
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #nodes: readonly SimNode[];
  readonly #onError: (error: unknown) => void;
  /** Since when these nodes could elect one of them, and no node led. */
  readonly #ableSince = new Map<string, number>();
  /** Since when the leader of an epoch has been one of these nodes. */
  readonly #stableSince = new Map<string, { readonly leader: SimNode; readonly epoch: number; readonly at: number }>();
  /** Since when each node could reach the leader of an epoch. */
  readonly #besideSince = new Map<SimNode, { readonly epoch: number; readonly at: number }>();
  /** Since when each node has reached no majority. */
  readonly #cutOffSince = new Map<SimNode, number>();
  readonly #probe: Parts['probe'];
  readonly #nowAndThen: () => void;
  #operatedAt = Number.NEGATIVE_INFINITY;
  /** A hand-over was given up after the heir was told to campaign. */
  #isHeirAbove = false;
  /** The longest time that such nodes had no leader. */
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
    // Its heir has promised itself a higher epoch, and ends this one when it is heard again.
    if (what === 'leadership.kept') this.#isHeirAbove = true;
    if (what !== 'epoch.began') return;
    const isExpected = this.#isHeirAbove || now - this.#operatedAt < handOverMs;
    this.#isHeirAbove = false;
    if (isExpected) return;
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
      () => `a node that reaches no majority does not campaign: ${node.id} has been cut off for ${cutOffMsBefore} ms`,
    );
  }

  #check(): void {
    const { now } = this.#world;
    const able = new Set<string>();
    // The leader may be one of the other nodes, as long as it has its majority.
    const statuses = new Map(this.#nodes.map((node) => [node, node.isAwake ? node.replica?.status() : undefined]));
    const leader = this.#nodes.find((node) => statuses.get(node)?.isConfirmed === true);
    // A leader whose own disk hangs or is full is no use.
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
        () => `a connected majority has a leader: ${key} have had none for ${leaderlessMs} ms`,
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

  /** From time to time, sends an append through a node of a group that has had its leader for a while. */
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
      // A node that was told to stop takes no appends, neither its own nor forwarded ones. One that was removed has no leader.
      if (hasChanged || node.isStopping || stable.leader.isStopping || removedBy(stable.leader).includes(node.id))
        this.#probes.delete(probe);
      else
        claim(
          now - sentAt <= limitMs,
          () =>
            `a connected majority with a leader acknowledges appends: one through ${node.id} has waited for ${now - sentAt} ms (${key}, epoch ${epoch})`,
        );
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

  /** A node that can reach a leader follows it, unless it was removed. */
  #checkLed(leader: SimNode | undefined, statuses: ReadonlyMap<SimNode, ReplicaStatus | undefined>): void {
    const { now } = this.#world;
    const epoch = leader?.replica?.promisedEpoch ?? 0;
    const removed = removedBy(leader);
    for (const node of this.#nodes) {
      const isBeside =
        leader !== undefined &&
        node !== leader &&
        statuses.get(node) !== undefined &&
        isWell(node.disk) &&
        isWell(leader.disk) &&
        this.#areConnected([leader, node]) &&
        // The others look for a node only at its first address.
        !leader.hasMoved &&
        !removed.includes(node.id);
      const since = this.#besideSince.get(node);
      if (!isBeside) this.#besideSince.delete(node);
      else if (since?.epoch !== epoch) this.#besideSince.set(node, { epoch, at: now });
      else if (node.replica?.leader?.id === leader.id) this.#besideSince.set(node, { epoch, at: now });
      const besideMs = now - (this.#besideSince.get(node)?.at ?? now);
      claim(
        besideMs <= ledWithinMs,
        () =>
          `a node that can reach the leader follows it: ${leader?.id} leads ${epoch}, and ${node.id} has not followed it for ${besideMs} ms`,
      );
    }
  }

  /** All sets of nodes that could elect one of them: each may be the one that stays connected. */
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

/** A member with its present storage and with room. Which nodes it reaches is taken from the network, not from what it reports. */
function couldLead(status: ReplicaStatus | undefined): boolean {
  if (status === undefined || !status.canStore || status.stall !== undefined) return false;
  // A node reports its own `durableEnd` only if the list names its present storage.
  return status.members.some(({ id, durableEnd }) => id === status.id && durableEnd !== undefined);
}

/** Names of the nodes that were removed, as far as the leader knows. */
function removedBy(leader: SimNode | undefined): readonly string[] {
  return leader?.log?.lists().next().value?.list.removed ?? [];
}
