/** Carries out a schedule of faults: at most one per node at a time, and on at most two nodes at once. */

import { setTimeout as pause } from 'node:timers/promises';
import { Random } from '../../src/sim/world/random.ts';
import type { ChaosCluster, ChaosNode } from './chaos-cluster.ts';
import { faultKinds, faultNamesOf } from './faults.ts';
import type { Fault, FaultKind, FaultName } from './faults.ts';
import type { Recorder } from './history.ts';
import { schedule } from './schedule.ts';
import type { PlannedFault } from './schedule.ts';

const faultyNodesMax = 2;
/** How long a fault waits until it is allowed; the next ones wait behind it, so that the cluster can recover. */
const allowedWithinMs = 10_000;
const lookEveryMs = 50;
/** To find the leader all nodes are asked, and some may be suspended. */
const leaderWithinMs = 300;

export type FaultCounts = Readonly<Partial<Record<FaultName, number>>>;

export class FaultRunner {
  readonly #cluster: ChaosCluster;
  readonly #recorder: Recorder;
  readonly #say: (line: string) => void;
  readonly #busy = new Map<ChaosNode, FaultKind>();
  readonly #healings = new Set<Promise<void>>();
  readonly #counts: Partial<Record<FaultName, number>>;
  readonly #failures: string[] = [];
  #missed = 0;

  constructor(parts: { readonly cluster: ChaosCluster; readonly recorder: Recorder; readonly say: (line: string) => void }) {
    this.#cluster = parts.cluster;
    this.#recorder = parts.recorder;
    this.#say = parts.say;
    this.#counts = Object.fromEntries(faultNamesOf(parts.cluster.coordinator).map((name) => [name, 0]));
  }

  get total(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  get counts(): FaultCounts {
    return this.#counts;
  }

  /** Faults that were not allowed in time. */
  get missed(): number {
    return this.#missed;
  }

  /** Errors while a fault was injected or ended. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Runs until `isOver`, or until something fails, and then waits until all faults have ended. */
  async run(seed: number, isOver: () => boolean): Promise<void> {
    const isThrough = (): boolean => isOver() || this.#failures.length > 0;
    const { nodes, noDisks, coordinator } = this.#cluster;
    const kinds = faultNamesOf(coordinator).filter((name) => name !== 'fill' || noDisks === undefined);
    this.#noteWhoIsUp();
    for (const planned of schedule(new Random(seed), { kinds, nodeCount: nodes.length })) {
      await pause(planned.pauseMs);
      while (this.#busy.size >= faultyNodesMax && !isThrough()) await pause(lookEveryMs);
      if (isThrough()) break;
      await this.#carryOut(planned, isThrough);
    }
    await Promise.all(this.#healings);
    this.#recorder.serviceable(false);
  }

  async #carryOut(planned: PlannedFault<FaultName>, isThrough: () => boolean): Promise<void> {
    const { kind: name, durationMs } = planned;
    const kind: FaultKind = faultKinds[name];
    const leader =
      this.#cluster.coordinator === 'elections' && planned.isForLeader ? await this.#cluster.leader(leaderWithinMs) : undefined;
    const node = leader === undefined || this.#busy.has(leader) ? this.#idleNode(planned.victim) : leader;
    const areOthersUp = (): boolean => [...this.#busy].every(([other, { takesDown }]) => other === node || !takesDown);
    const fault = { cluster: this.#cluster, node, recorder: this.#recorder, random: new Random(planned.seed), areOthersUp };
    if (!(await this.#isAllowed(kind, fault, isThrough))) {
      this.#missed += 1;
      this.#say(`${name} ${node.id}: not allowed in time`);
      return;
    }
    const isLeader = (await this.#cluster.leader(leaderWithinMs)) === node;
    this.#say(`${name} ${node.id}${isLeader ? ', the leader,' : ''} for ${durationMs} ms`);
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    const isAlone = this.#busy.size === 0;
    this.#busy.set(node, kind);
    this.#noteWhoIsUp();
    this.#recorder.struck({ kind: name, node: node.id, at: this.#recorder.now, isLeader, isAlone });
    const isInjected = await this.#attempt(`${name} ${node.id}`, () => kind.inject(fault));
    if (!isInjected) return;
    const healing = this.#heal(fault, { name, kind, durationMs });
    this.#healings.add(healing);
    void healing.finally(() => this.#healings.delete(healing));
  }

  async #heal(fault: Fault, { name, kind, durationMs }: { name: FaultName; kind: FaultKind; durationMs: number }): Promise<void> {
    await pause(durationMs);
    if (!(await this.#attempt(`end of ${name} ${fault.node.id}`, () => kind.heal(fault)))) return;
    this.#say(`${name} ${fault.node.id} is over`);
    this.#busy.delete(fault.node);
    this.#noteWhoIsUp();
  }

  /** @returns whether it succeeded */
  async #attempt(what: string, work: () => Promise<void> | void): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.#failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      this.#say(`${what} FAILED`);
      return false;
    }
  }

  /** The node that the schedule names, or the next one without a fault. */
  #idleNode(victim: number): ChaosNode {
    const { nodes } = this.#cluster;
    const inTurn = [...nodes.slice(victim), ...nodes.slice(0, victim)];
    const idle = inTurn.find((node) => !this.#busy.has(node));
    if (idle === undefined) throw new Error('every node has a fault');
    return idle;
  }

  async #isAllowed(kind: FaultKind, fault: Fault, isThrough: () => boolean): Promise<boolean> {
    const deadline = performance.now() + allowedWithinMs;
    do {
      if (kind.isAllowed === undefined || (await kind.isAllowed(fault))) return true;
      await pause(lookEveryMs);
    } while (performance.now() < deadline && !isThrough());
    return false;
  }

  #noteWhoIsUp(): void {
    const { nodes } = this.#cluster;
    const isUp = (node: ChaosNode): boolean => this.#busy.get(node)?.takesDown !== true;
    const isMasterUp = nodes.every((node) => !node.isMaster || isUp(node));
    this.#recorder.serviceable(isMasterUp && nodes.filter(isUp).length > nodes.length / 2);
  }
}
