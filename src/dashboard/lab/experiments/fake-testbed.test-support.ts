/** A small model of a master and its secondaries, in a time of its own: what the experiments find in it is known beforehand. */

import type { AppendAnswer } from '../../../api/entries.ts';
import { Problem } from '../../data/problem.ts';
import type { Health } from '../../../api/health.ts';
import { FakeTime } from './fake-time.test-support.ts';
import type { Bench, Write } from './testbed.ts';
import type { LabAction, LabNode, LabTarget } from '../../../api/lab.ts';

/** How the model may be wrong, so that a finding can be seen to notice. */
export type Lie = 'acknowledges-at-once' | 'delays-add-up' | 'forgets-what-it-missed' | 'loses-what-the-master-lost' | 'writes-alone';

interface FakeNode {
  isRunning: boolean;
  delayMs: number;
  log: string[];
  /** When what it was sent last is stored. */
  busyUntil: number;
}

const noticedAfterMs = 3000;

export class FakeBench implements Bench {
  readonly done: string[] = [];
  resetFailure: Error | undefined;
  readonly #lie: Lie | undefined;
  readonly #time = new FakeTime();
  readonly #secondaries: readonly string[];
  readonly #nodes: ReadonlyMap<string, FakeNode>;
  #acknowledgedEnd = 0;
  #epoch = 1;
  /** Since when less than a majority runs. */
  #aloneSince = Infinity;

  constructor(lie?: Lie, nodeCount = 3) {
    this.#lie = lie;
    this.#secondaries = Array.from({ length: nodeCount - 1 }, (_, index) => `secondary${index + 1}`);
    this.#nodes = new Map(['master', ...this.#secondaries].map((id) => [id, { isRunning: true, delayMs: 0, log: [], busyUntil: 0 }]));
  }

  get #majority(): number {
    return Math.floor(this.#nodes.size / 2) + 1;
  }

  now(): number {
    return this.#time.now;
  }

  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#time.pause(ms, signal);
  }

  async act(id: string, action: LabAction, signal?: AbortSignal): Promise<void> {
    await this.pause(10, signal);
    this.done.push(`${action.do} ${id}`);
    const node = this.#node(id);
    if (action.do === 'delay') node.delayMs = action.delayMs;
    else if (action.do === 'kill') node.isRunning = false;
    else if (action.do === 'wipe') {
      Object.assign(node, { isRunning: false, log: [] });
    } else if (action.do === 'start') this.#start(id);
    const others = this.#secondaries.filter((each) => this.#node(each).isRunning);
    this.#aloneSince = others.length + 1 >= this.#majority ? Infinity : Math.min(this.#aloneSince, this.#time.now);
  }

  nodes(): Promise<readonly LabNode[]> {
    const nodes = [...this.#nodes].map(([id, { isRunning, delayMs }]): LabNode => {
      const kind = id === 'master' ? 'master' : 'secondary';
      return { id, kind, url: '', isRunning, isPaused: false, isCutOff: false, delayMs, pid: null };
    });
    return Promise.resolve(nodes);
  }

  async reset(targets: readonly LabTarget[]): Promise<void> {
    this.done.push('reset');
    if (this.resetFailure !== undefined) throw this.resetFailure;
    for (const { id, isRunning, delayMs } of targets) {
      const node = this.#node(id);
      node.delayMs = delayMs;
      if (isRunning && !node.isRunning) this.#start(id);
      else node.isRunning = isRunning;
    }
    this.#aloneSince = Infinity;
    await this.pause(10);
  }

  async append({ message, w }: Write, signal: AbortSignal): Promise<AppendAnswer> {
    const begunAt = this.#time.now;
    await this.pause(1, signal);
    if (this.#isReadOnly && this.#lie !== 'writes-alone') throw refusal();
    const { log } = this.#node('master');
    const end = log.push(message);
    for (const id of this.#secondaries) void this.#send(id, end);
    const needed = this.#lie === 'acknowledges-at-once' ? 1 : w === 'all' ? this.#nodes.size : w === 'majority' ? this.#majority : w;
    while (this.#holders(end) < needed) await this.pause(5, signal);
    if (this.#lie === 'delays-add-up') await this.pause((this.#time.now - begunAt) * (end % 5), signal);
    this.#acknowledgedEnd = Math.max(this.#acknowledgedEnd, end);
    return { offset: end - 1, w, acks: this.#holders(end), epoch: this.#epoch };
  }

  async read(id: string, from: number, signal: AbortSignal): Promise<readonly unknown[]> {
    await this.pause(1, signal);
    return this.#node(id).log.slice(from, id === 'master' ? this.#acknowledgedEnd : undefined);
  }

  async health(id: string, signal: AbortSignal): Promise<Health> {
    await this.pause(1, signal);
    const end = this.#node(id).log.length;
    const members = [...this.#nodes].map(([member, { isRunning, log }]) => ({
      id: member,
      url: '',
      state: 'member' as const,
      health: isRunning ? ('healthy' as const) : ('unhealthy' as const),
      durableEnd: log.length,
      lagEntries: 0,
      lagMs: 0,
    }));
    return {
      status: this.#isReadOnly ? 'read-only' : 'healthy',
      node: id,
      role: id === 'master' ? 'leader' : 'follower',
      ends: { logEnd: end, durableEnd: end, committedEnd: end, visibleEnd: end },
      storage: `storage ${this.#epoch}`,
      epoch: this.#epoch,
      members,
    } as unknown as Health;
  }

  get #isReadOnly(): boolean {
    return this.#time.now - this.#aloneSince > noticedAfterMs;
  }

  #node(id: string): FakeNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`there is no ${id}`);
    return node;
  }

  #start(id: string): void {
    const node = this.#node(id);
    node.isRunning = true;
    if (id !== 'master') {
      const master = this.#node('master').log;
      node.log = this.#lie === 'forgets-what-it-missed' ? node.log : [...master];
      return;
    }
    this.#epoch += 1;
    const lost = this.#lie === 'loses-what-the-master-lost';
    node.log = lost ? [] : [...this.#node('secondary1').log];
    if (!lost) return;
    for (const each of this.#secondaries) this.#node(each).log = [];
    this.#acknowledgedEnd = 0;
  }

  async #send(id: string, end: number): Promise<void> {
    const node = this.#node(id);
    if (!node.isRunning) return;
    await this.pause(node.delayMs + 1);
    const message = this.#node('master').log[end - 1];
    if (!node.isRunning || message === undefined) return;
    // What it missed before is missing still, if it forgets.
    if (this.#lie === 'forgets-what-it-missed') node.log.push(message);
    else node.log = this.#node('master').log.slice(0, Math.max(end, node.log.length));
  }

  #holders(end: number): number {
    return [...this.#nodes.values()].filter(({ log }) => log.length >= end).length;
  }
}

function refusal(): Problem {
  return new Problem({ code: 'no-quorum', title: '', detail: 'too few nodes', outcome: 'rejected', status: 503, facts: {} });
}
