/** A small model of equal nodes that elect their leader, in a time of its own: what the experiments find in it is known beforehand. */

import type { AppendAnswer } from '../../../api/entries.ts';
import type { Health } from '../../../api/health.ts';
import type { LabAction, LabNode, LabTarget } from '../../../api/lab.ts';
import { Problem } from '../../data/problem.ts';
import { FakeTime } from './fake-time.test-support.ts';
import type { Bench, Write } from './testbed.ts';

/** How the model may be wrong, so that a finding can be seen to notice. */
export type ElectionLie =
  | 'loses-what-the-leader-had'
  | 'lets-an-old-leader-overwrite'
  | 'creates-without-majority'
  | 'refuses-while-handing-over'
  | 'believes-a-disk-that-forgot'
  | 'refuses-without-leader';

interface FakeNode {
  isRunning: boolean;
  isPaused: boolean;
  isCutOff: boolean;
  delayMs: number;
  log: string[];
  storage: string;
}

const electionMs = 1000;
const handOverMs = 20;

export class FakeElections implements Bench {
  readonly done: string[] = [];
  readonly #lie: ElectionLie | undefined;
  readonly #time = new FakeTime();
  readonly #nodes: ReadonlyMap<string, FakeNode>;
  #leader = 'n1';
  #epoch = 1;
  /** When the others have one for a leader that is away. */
  #nextAt = Infinity;
  #handOverUntil = 0;

  constructor(lie?: ElectionLie, nodeCount = 3) {
    this.#lie = lie;
    const ids = Array.from({ length: nodeCount }, (_, index) => `n${index + 1}`);
    this.#nodes = new Map(
      ids.map((id) => [id, { isRunning: true, isPaused: false, isCutOff: false, delayMs: 0, log: [], storage: `disk of ${id}` }]),
    );
  }

  now(): number {
    return this.#time.now;
  }

  pause(ms: number, signal?: AbortSignal): Promise<void> {
    return this.#time.pause(ms, signal);
  }

  nodes(): Promise<readonly LabNode[]> {
    return Promise.resolve(
      [...this.#nodes].map(([id, { isRunning, isPaused, isCutOff, delayMs }]) => ({
        ...{ id, isRunning, isPaused, isCutOff, delayMs },
        kind: 'node',
        url: '',
        pid: null,
      })),
    );
  }

  async reset(targets: readonly LabTarget[]): Promise<void> {
    this.done.push('reset');
    for (const { id, ...state } of targets) Object.assign(this.#node(id), state);
    await this.pause(10);
    this.#turn();
    this.#catchUp();
  }

  async act(id: string, action: LabAction, signal?: AbortSignal): Promise<void> {
    await this.pause(10, signal);
    this.done.push(`${action.do} ${id}`);
    const node = this.#node(id);
    switch (action.do) {
      case 'kill':
        node.isRunning = false;
        break;
      case 'start':
        node.isRunning = true;
        break;
      case 'pause':
        node.isPaused = true;
        break;
      case 'resume':
        node.isPaused = false;
        break;
      case 'cutOff':
        node.isCutOff = true;
        break;
      case 'reconnect':
        node.isCutOff = false;
        break;
      case 'forget':
        Object.assign(node, { isRunning: false, log: node.log.slice(0, 2) });
        if (this.#lie !== 'believes-a-disk-that-forgot') node.storage = `${node.storage}, anew`;
        break;
      case 'promote':
        this.#handOverUntil = this.now() + handOverMs;
        this.#leader = id;
        this.#epoch += 1;
        break;
      default:
        throw new Error(`no experiment does ${action.do}`);
    }
    if (!this.#isThere(this.#leader)) this.#nextAt = Math.min(this.#nextAt, this.now() + electionMs);
    this.#catchUp();
  }

  async append({ message, w, through = 'n1' }: Write, signal: AbortSignal): Promise<AppendAnswer> {
    const offset = this.#node(this.#leader).log.length;
    await this.pause(2, signal);
    if (this.#lie === 'refuses-while-handing-over' && this.now() < this.#handOverUntil) throw refusal('no-leader');
    if (this.#lie === 'creates-without-majority' && this.#node(through).isCutOff) {
      this.#node(through).log.push(message);
      return { offset, w, acks: 1, epoch: this.#epoch };
    }
    if (this.#lie === 'refuses-without-leader' && !this.#isThere(this.#leader)) throw refusal('no-leader');
    // A node that was asked keeps it until it reaches a leader.
    while (!this.#isThere(this.#leader) || this.#node(through).isCutOff || this.now() < this.#handOverUntil) {
      await this.pause(5, signal);
      this.#turn();
    }
    const { log } = this.#node(this.#leader);
    if (this.#lie === 'lets-an-old-leader-overwrite' && this.done.some((each) => each === `resume ${through}`)) log.pop();
    const end = log.push(message);
    this.#catchUp();
    return { offset: end - 1, w, acks: this.#nodes.size, epoch: this.#epoch };
  }

  async read(id: string, from: number, signal: AbortSignal): Promise<readonly unknown[]> {
    await this.pause(1, signal);
    return this.#node(id).log.slice(from);
  }

  async health(id: string, signal: AbortSignal): Promise<Health> {
    await this.pause(1, signal);
    this.#turn();
    const node = this.#node(id);
    if (!node.isRunning || node.isPaused) throw refusal('node-unreachable');
    const end = node.log.length;
    const members = [...this.#nodes].map(([member, { log }]) => ({
      ...{ id: member, url: '', state: 'member' as const },
      health: this.#isThere(member) ? ('healthy' as const) : ('unhealthy' as const),
      durableEnd: log.length,
    }));
    return {
      node: id,
      status: 'healthy',
      role: id === this.#leader && this.#isThere(id) ? 'leader' : 'follower',
      ends: { logEnd: end, durableEnd: end, committedEnd: end, visibleEnd: end },
      storage: node.storage,
      epoch: this.#epoch,
      members,
    } as unknown as Health;
  }

  /** Whoever is due to lead does. */
  #turn(): void {
    if (this.now() < this.#nextAt) return;
    this.#nextAt = Infinity;
    const next = [...this.#nodes.keys()].find((id) => this.#isThere(id));
    if (next === undefined) return;
    this.#leader = next;
    this.#epoch += 1;
    if (this.#lie === 'loses-what-the-leader-had') this.#node(next).log.pop();
  }

  #isThere(id: string): boolean {
    const { isRunning, isPaused, isCutOff } = this.#node(id);
    return isRunning && !isPaused && !isCutOff;
  }

  /** All that are there hold what the leader holds. */
  #catchUp(): void {
    if (!this.#isThere(this.#leader)) return;
    for (const [id, node] of this.#nodes) if (this.#isThere(id)) node.log = [...this.#node(this.#leader).log];
  }

  #node(id: string): FakeNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`there is no ${id}`);
    return node;
  }
}

function refusal(code: string): Problem {
  return new Problem({ code, title: '', detail: code, outcome: 'rejected', status: 503, facts: {} });
}
