/** A cluster of three nodes: each process can be killed, suspended and started again, and appends can be sent through each. */

import type { Program } from '../program.ts';
import type { Workspace } from '../workspace.ts';
import type { PeerNodes } from '../systems/etcd.ts';

/** Appends through one node. */
export interface ProbeLane {
  /** @throws if it was not acknowledged */
  send(name: string): Promise<void>;
  close(): void;
}

export interface StrikableNode {
  readonly name: string;
  /** Does not wait for the process to end. */
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  exited(): Promise<unknown>;
  spawn(): void;
}

export interface StrikableCluster extends AsyncDisposable {
  readonly nodes: readonly StrikableNode[];
  /** Index of the leader once all nodes are up, caught up and agree on it; `undefined` before. */
  wholeLeader(): Promise<number | undefined>;
  openLane(node: number): Promise<ProbeLane>;
  /** Only where an operator can choose the leader. */
  promote?(node: number): Promise<void>;
  /**
   * @param acknowledged - names of probes
   * @returns how many of them are gone. @throws CheckFailed if that is more than the system promises, or if any entry is there twice
   */
  lost(acknowledged: ReadonlySet<string>): Promise<number>;
}

/** A process of a peer; it is started again with the same arguments. */
export class PeerNode implements StrikableNode {
  readonly name: string;
  readonly #spawn: () => Program;
  #program: Program;

  constructor(name: string, spawn: () => Program) {
    this.name = name;
    this.#spawn = spawn;
    this.#program = spawn();
  }

  static all(workspace: Workspace, { specs }: PeerNodes): PeerNode[] {
    return specs.map((spec) => new PeerNode(spec.name, () => workspace.start(spec)));
  }

  signal(name: NodeJS.Signals): void {
    this.#program.signal(name);
  }

  exited(): Promise<unknown> {
    return this.#program.exited();
  }

  spawn(): void {
    this.#program = this.#spawn();
  }

  kill(): Promise<void> {
    return this.#program.kill();
  }
}
