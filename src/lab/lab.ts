/** The actions on nodes of `rlog dev`: one at a time, reported in the terminal, and refused if they make no sense. */

import { plainLabActions } from '../api/lab.ts';
import type { LabAction, LabNode, LabTarget } from '../api/lab.ts';
import { LogError } from '../api/problems.ts';
import type { DevNode } from './dev-node.ts';
import { fieldsOf } from './fields.ts';
import { LabError } from './lab-error.ts';
import { forgetTail } from './forget-tail.ts';
import { delayMsMax, isDelay } from './lab-target.ts';
import type { Links } from './links.ts';
import { promoteNode } from './promote-node.ts';

const promoteWithinMs = 10_000;

/** @throws LogError */
export function parseLabAction(value: unknown): LabAction {
  const { do: asked, delayMs } = fieldsOf(value, ['do', 'delayMs']);
  if (asked === 'delay') {
    if (isDelay(delayMs)) return { do: asked, delayMs };
    throw new LogError('bad-request', `"delayMs" must be whole milliseconds from 0 to ${delayMsMax}`, { field: 'delayMs' });
  }
  const known = plainLabActions.find((name) => name === asked);
  if (known === undefined || delayMs !== undefined) {
    throw new LogError('bad-request', `"do" must be one of ${plainLabActions.join(', ')}, or "delay" with "delayMs"`, { field: 'do' });
  }
  return { do: known };
}

export class Lab {
  readonly nodes: readonly DevNode[];
  readonly #links: Links;
  #last: Promise<unknown> = Promise.resolve();

  constructor(nodes: readonly DevNode[], links: Links) {
    this.nodes = nodes;
    this.#links = links;
  }

  state(): readonly LabNode[] {
    return this.nodes.map((node) => this.#stateOf(node));
  }

  /** Resolves when it is done. @throws LogError, LabError */
  do(id: string, action: LabAction): Promise<LabNode> {
    return this.#inTurn(async () => {
      const node = this.nodes.find(({ plan }) => plan.id === id);
      if (node === undefined) throw new LogError('not-found', `no node "${id}"`);
      await this.#perform(node, action);
      return this.#stateOf(node);
    });
  }

  /**
   * Puts nodes into these states, and others into the one at the start: running, connected, with their first delay. The
   * disks keep what they have. @throws LabError
   */
  reset(targets: readonly LabTarget[] = []): Promise<readonly LabNode[]> {
    return this.#inTurn(async () => {
      const results = await Promise.allSettled(
        this.nodes.map((node) => this.#restore(node, targets.find(({ id }) => id === node.plan.id) ?? atStart(node))),
      );
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      return this.state();
    });
  }

  async #perform(node: DevNode, action: LabAction): Promise<void> {
    const { id, kind } = node.plan;
    switch (action.do) {
      case 'kill':
        needRunning(node);
        await node.kill();
        return;
      case 'start':
        if (node.isRunning) throw new LabError('not-now', `${id} is running already`);
        await this.#start(node);
        return;
      case 'pause':
        needRunning(node);
        if (node.isPaused) return;
        node.pause();
        node.tell({ kind: 'paused' });
        return;
      case 'resume':
        needRunning(node);
        if (!node.isPaused) return;
        node.resume();
        node.tell({ kind: 'resumed' });
        return;
      case 'cutOff':
        if (this.#links.isCutOff(id)) return;
        this.#links.cutOff(id);
        node.tell({ kind: 'cutOff' });
        return;
      case 'reconnect':
        this.#reconnect(node);
        return;
      case 'wipe':
        if (node.isRunning) await node.kill();
        node.wipe();
        node.tell({ kind: 'wiped', folder: node.plan.folder });
        return;
      case 'forget':
        // Stopped, not killed, so that it knows exactly what it had flushed: it notes that once a second, and when it ends.
        await node.stop();
        node.tell({ kind: 'forgot', bytes: forgetTail(node.plan.folder) });
        return;
      case 'promote':
        if (kind !== 'node') throw new LabError('not-now', 'here only the master leads: equal nodes (--ha) can hand over');
        needRunning(node);
        await promoteNode({ id, url: node.url, timeoutMs: promoteWithinMs });
        return;
      case 'delay':
        if (kind === 'master') throw new LabError('not-now', 'only a secondary can have a delay');
        if (node.isPaused) throw new LabError('not-now', `${id} is paused: resume it first`);
        await this.#delay(node, action.delayMs);
    }
  }

  async #restore(node: DevNode, { isRunning, isPaused, isCutOff, delayMs }: LabTarget): Promise<void> {
    if (!isCutOff) this.#reconnect(node);
    const isDelayOther = node.plan.kind !== 'master' && node.delayMs !== delayMs;
    if (node.isPaused && (!isPaused || isDelayOther)) await this.#perform(node, { do: 'resume' });
    if (isDelayOther) await this.#delay(node, delayMs);
    if (isRunning && !node.isRunning) await this.#start(node);
    if (isCutOff) await this.#perform(node, { do: 'cutOff' });
    if (!isRunning && node.isRunning) await this.#perform(node, { do: 'kill' });
    else if (isPaused && node.isRunning) await this.#perform(node, { do: 'pause' });
  }

  #reconnect(node: DevNode): void {
    if (!this.#links.isCutOff(node.plan.id)) return;
    this.#links.reconnect(node.plan.id);
    node.tell({ kind: 'reconnected' });
  }

  /** A node reads its delay when it starts. */
  async #delay(node: DevNode, delayMs: number): Promise<void> {
    if (node.delayMs === delayMs) return;
    node.delayMs = delayMs;
    node.tell({ kind: 'delayed', delayMs, isRunning: node.isRunning });
    if (!node.isRunning) return;
    await node.stop();
    await this.#start(node);
  }

  async #start(node: DevNode): Promise<void> {
    node.spawn();
    if (!(await node.serves())) throw new LabError('node-not-started', `${node.plan.id} did not begin to serve; the terminal says why`);
  }

  #stateOf(node: DevNode): LabNode {
    const { url, isRunning, isPaused, delayMs, pid } = node;
    const { id, kind } = node.plan;
    return { id, kind, url, isRunning, isPaused, isCutOff: this.#links.isCutOff(id), delayMs, pid };
  }

  /** Two pages may ask at once. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

function atStart({ plan }: DevNode): LabTarget {
  return { id: plan.id, isRunning: true, isPaused: false, isCutOff: false, delayMs: plan.delayMs };
}

/** @throws LabError */
function needRunning({ isRunning, plan }: DevNode): void {
  if (!isRunning) throw new LabError('not-now', `${plan.id} is not running`);
}
