/** Faults in a simulated cluster, and how they are repaired: only those that the design promises to survive. */

import { NoRoom } from '../../ports/ports.ts';
import { UnknownFormat } from '../../protocol/batch-codec.ts';
import { StorageDamaged } from '../../storage/format/storage-damaged.ts';
import { takeOutAndBack } from './removal.ts';
import { loseFirstAddress, strikeFounder, strikeHeir, strikeSource } from './strikes.ts';
import { injectNetworkFault } from './network-faults.ts';
import { endAndForget, strikeWhileCutting } from './forgetting.ts';
import { promoteOneOrTwo, stopInGoodOrder } from './operator.ts';
import type { Coverage } from '../checkers/coverage.ts';
import type { LogChecker } from '../checkers/log-checker.ts';
import type { FaultKind, Plan } from '../world/plan.ts';
import type { Random } from '../world/random.ts';
import { FlushFailed } from '../world/sim-disk.ts';
import type { SimNetwork } from '../world/sim-network.ts';
import type { SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

export interface FaultsParts {
  readonly world: World;
  readonly network: SimNetwork;
  readonly nodes: readonly SimNode[];
  readonly random: Random;
  readonly plan: Plan;
  readonly logs: LogChecker;
  readonly coverage: Coverage;
  readonly tell: (node: string, what: string, facts: unknown) => void;
  readonly onError: (error: unknown) => void;
}

export class Faults {
  readonly #parts: FaultsParts;
  readonly counts: Partial<Record<FaultKind, number>> = {};
  /** Removed by `DELETE`, and not back yet. */
  readonly #removed = new Set<SimNode>();
  #isCalm = false;

  constructor(parts: FaultsParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#scheduleNext();
  }

  /** Starts everything that is down, and injects no more faults. */
  stopFaults(): void {
    this.#isCalm = true;
    const { network, nodes } = this.#parts;
    network.heal();
    for (const node of nodes) {
      this.#makeRoom(node);
      node.disk.failsNextFlush = false;
      node.disk.stall(0);
      node.resume();
      if (!node.isUp) this.boot(node);
    }
  }

  /** Starts a node. If it refuses to start on damage, its folder is emptied, as an operator would do on reading why. */
  boot(node: SimNode): void {
    if (node.isUp) return;
    const { coverage, onError } = this.#parts;
    node.start().catch((error: unknown) => {
      if (error instanceof FlushFailed || error instanceof NoRoom) return this.endedByItself(node);
      const isRefusal = error instanceof StorageDamaged || error instanceof UnknownFormat;
      if (!isRefusal || !node.disk.isDamaged) return onError(error);
      coverage.count('a node refused damage at its start');
      this.foundDamage(node, error);
    });
  }

  /** It has just founded the cluster. */
  founded(node: SimNode): void {
    if (!this.#parts.plan.losesFounder || this.#isCalm) return;
    strikeFounder(node, this.#parts, (isPowerLoss) => this.#strike(node, isPowerLoss));
  }

  /** The leader hands over, and may be about to tell that node to campaign. */
  handingOver(leader: SimNode, to: unknown): void {
    const { plan, nodes } = this.#parts;
    const heir = nodes.find(({ id }) => id === to);
    if (plan.losesHeirs && heir !== undefined && !this.#isCalm) strikeHeir({ leader, heir }, this.#parts);
  }

  /** A candidate has just begun to fetch from that node. */
  fetchesFrom(id: unknown): void {
    const source = this.#parts.nodes.find((node) => node.id === id);
    if (source !== undefined && this.#parts.plan.faults.includes('diskStall') && !this.#isCalm) strikeSource(source, this.#parts);
  }

  /** It has just decided to cut its log. */
  cuts(node: SimNode): void {
    if (!this.#isCalm && !node.isInMemory) strikeWhileCutting(node, this.#parts, (isPowerLoss) => this.#strike(node, isPowerLoss));
  }

  #strike(node: SimNode, isPowerLoss: boolean): void {
    this.#end(node, isPowerLoss);
    this.#bootLater(node);
  }

  /** An operator reads why the node does not run, and empties its folder. */
  foundDamage(node: SimNode, error: Error): void {
    this.#parts.tell(node.id, 'found damage', { reason: error.message });
    this.#end(node, false);
    this.#empty(node);
    this.boot(node);
  }

  #scheduleNext(): void {
    const { world, random, plan } = this.#parts;
    world.after(random.between(1, 2 * plan.faultIntervalMs), () => {
      if (this.#isCalm) return;
      const kind = random.pick(plan.faults);
      const node = this.#victim();
      if (this.#mayHappen(kind, node)) this.#inject(kind, node);
      this.#scheduleNext();
    });
  }

  /** Among nodes that elect, often the leader: faults of the others change little. */
  #victim(): SimNode {
    const { nodes, random, plan } = this.#parts;
    const leader = nodes.find((node) => node.replica?.isLeading === true);
    return leader !== undefined && plan.coordinator === 'elections' && random.chance(0.5) ? leader : random.pick(nodes);
  }

  #mayHappen(kind: FaultKind, node: SimNode): boolean {
    const { nodes, logs, plan } = this.#parts;
    const isMaster = node === nodes[0];
    const isNoneLost = this.#isNoneLost();
    const mayForget = nodes.length > 2 && (plan.areNamed || !isMaster) && isNoneLost && logs.canLose(node);
    switch (kind) {
      case 'kill':
      case 'powerLoss':
      case 'stop':
        return node.isUp && (!node.isInMemory || mayForget);
      case 'promote':
        // Where a coordinator names the leader, a promoted node would have to stay up.
        return node.isUp && plan.coordinator === 'elections';
      case 'wipe':
      case 'bitFlip':
        return node.isUp && !(node.isInMemory && kind === 'bitFlip') && mayForget;
      case 'forget':
        return node.isUp && !node.isInMemory && nodes.length > 2 && (plan.areNamed || !isMaster) && isNoneLost && logs.isNobodyLost();
      case 'diskStall':
      case 'flushFailure':
        return node.isUp && !node.isInMemory;
      case 'spoilIndex':
      case 'fillDisk':
        // Without room for its first state file a node does not start at all.
        return node.isUp && !node.isInMemory;
      case 'move':
        // A named address at which no node was ever reached counts until an operator removes it; and some node must stay
        // at the address at which the others look for the cluster.
        if (!node.isUp || isMaster || node === nodes[1] || (node.isInMemory && !mayForget)) return false;
        return logs.isMember(node) && logs.isEverybodyClaimed();
      case 'remove':
        // The leader checks whether the others are healthy.
        return nodes.length > 2 && !isMaster && isNoneLost;
      case 'wipeOthers':
        // The only master has everything that was acknowledged, and no other node may come to lead meanwhile.
        return isMaster && plan.coordinator === 'static' && !node.isInMemory && isNoneLost && logs.mayKeepAlone(node);
      default:
        return true;
    }
  }

  #isNoneLost(): boolean {
    // A node with damage that was not found yet will lose its whole log, and so will a node in memory that ends.
    return this.#removed.size === 0 && !this.#parts.nodes.some((other) => other.disk.isDamaged || (other.isInMemory && other.isToldToEnd));
  }

  #inject(kind: FaultKind, node: SimNode): void {
    const { random, world, nodes, tell } = this.#parts;
    const other = random.pick(nodes);
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    tell(node.id, `FAULT ${kind}`, { other: other.id });
    switch (kind) {
      case 'kill':
      case 'powerLoss':
        this.#strike(node, kind === 'powerLoss');
        if (node.isInMemory) this.#removeBeside(node);
        break;
      case 'stop':
        stopInGoodOrder(node, this.#parts, () => {
          this.#end(node, false);
          this.#bootLater(node);
        });
        break;
      case 'promote':
        promoteOneOrTwo(node, other, this.#parts);
        break;
      case 'wipe':
        this.#end(node, false);
        this.#empty(node);
        this.#bootLater(node);
        this.#removeBeside(node);
        break;
      case 'wipeOthers':
        this.#wipeOthers(node);
        break;
      case 'bitFlip':
        this.#end(node, false);
        node.disk.flipBit();
        if (random.chance(0.3)) node.disk.loseIndexes();
        this.#bootLater(node);
        break;
      case 'forget':
        endAndForget(node, this.#parts, {
          end: (isPowerLoss) => this.#end(node, isPowerLoss),
          mayForget: () => this.#isNoneLost() && this.#parts.logs.isNobodyLost(),
          boot: () => this.boot(node),
        });
        break;
      case 'spoilIndex':
        // While the node runs and may read the index, or while it is down.
        if (random.chance(0.5)) {
          this.#end(node, false);
          this.#bootLater(node);
        }
        for (let count = random.between(1, 3); count > 0; count -= 1) node.disk.spoilIndex();
        break;
      case 'move':
        this.#end(node, false);
        node.move();
        loseFirstAddress(node, this.#parts);
        this.#parts.coverage.count('a member moved to another address');
        this.#bootLater(node);
        break;
      case 'diskStall':
        node.disk.stall(random.between(100, 10_000));
        break;
      case 'flushFailure':
        node.disk.failsNextFlush = true;
        break;
      case 'fillDisk':
        this.#useUp(node, random.pick(['bytes', 'bytes', 'files', 'descriptors'] as const));
        world.after(random.between(500, 5000), () => this.#makeRoom(node));
        break;
      case 'pause':
        node.pause();
        world.after(random.between(100, 6000), () => node.resume());
        break;
      case 'clockJump':
        this.#jumpClocks(node);
        break;
      case 'remove':
        takeOutAndBack(node, this.#parts, this.#removed);
        break;
      default:
        injectNetworkFault(kind, { node, other }, this.#parts);
    }
  }

  /** Mostly more storages than the leader can spare, all at once, while it runs. */
  #wipeOthers(leader: SimNode): void {
    const { nodes, random, coverage } = this.#parts;
    const others = nodes.filter((other) => other !== leader && random.chance(0.8));
    for (const other of others) {
      this.#end(other, false);
      this.#empty(other);
      this.#bootLater(other);
    }
    if (2 * (nodes.length - others.length) <= nodes.length) coverage.count('a majority lost its storage at once');
  }

  /** An operator removes another member while this one comes back blank and the list still names the storage that it had. */
  #removeBeside(blank: SimNode): void {
    const { random, world, nodes, tell } = this.#parts;
    const other = random.pick(nodes);
    if (other === blank || !this.#mayHappen('remove', other) || random.chance(0.5)) return;
    world.after(random.between(10, 5000), () => {
      if (this.#isCalm || !this.#mayHappen('remove', other)) return;
      this.counts.remove = (this.counts.remove ?? 0) + 1;
      tell(other.id, 'FAULT remove', { beside: blank.id });
      takeOutAndBack(other, this.#parts, this.#removed);
    });
  }

  /** By hours, days or decades; on one node, or on all alike, as when the network's time server is wrong or answers late. */
  #jumpClocks(node: SimNode): void {
    const { random, nodes, coverage } = this.#parts;
    const reachMs = random.pick([2 * hourMs, 2 * hourMs, 4 * dayMs, 4 * dayMs, 30 * 365 * dayMs]);
    const byMs = random.between(-reachMs, reachMs);
    const isShared = random.chance(0.25);
    for (const each of isShared ? nodes : [node]) each.jumpClock(byMs);
    if (isShared && byMs > dayMs) coverage.count('all clocks jumped by more than a day');
  }

  /** A process that ends loses what is only in memory. */
  #end(node: SimNode, isPowerLoss: boolean): void {
    node.kill(isPowerLoss);
    if (node.isInMemory) this.#parts.logs.wiped(node);
  }

  #useUp({ disk }: SimNode, what: 'bytes' | 'files' | 'descriptors'): void {
    const { random } = this.#parts;
    // Sometimes as much as a node keeps for trims, or a little more.
    if (what === 'bytes') disk.capacityBytes = disk.usedBytes + random.between(0, random.chance(0.5) ? 2000 : 12_000);
    else disk.lacks = what;
    if (what !== 'bytes') this.#parts.coverage.count(`a node was short of ${what}`);
  }

  #makeRoom({ disk }: SimNode): void {
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    disk.lacks = undefined;
  }

  #empty(node: SimNode): void {
    node.disk.wipe();
    this.#makeRoom(node);
    this.#parts.logs.wiped(node);
  }

  /** Its own storage ended the process: it starts again, as a supervisor would make it. */
  endedByItself(node: SimNode): void {
    this.#strike(node, this.#parts.random.chance(0.5));
  }

  #bootLater(node: SimNode): void {
    this.#parts.world.after(this.#parts.random.between(10, 5000), () => this.boot(node));
  }
}
