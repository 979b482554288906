/** The whole system as `npm start` starts it, on ports and in a folder of its own, for a browser to look at and a test to harm. */

import { devPorts, startDev } from '../../support/dev.ts';
import type { Dev } from '../../support/dev.ts';
import { TestCluster } from '../../support/nodes.ts';
import { waitFor } from '../../support/wait.ts';

/** A browser and four processes may share one slow machine with others. */
export const patienceMs = 60_000;

export type Deed =
  | { readonly do: 'kill' | 'start' | 'pause' | 'resume' | 'cutOff' | 'reconnect' | 'wipe' }
  | { readonly do: 'delay'; readonly delayMs: number };

export interface LabNode {
  readonly id: string;
  readonly url: string;
  readonly isRunning: boolean;
  readonly isPaused: boolean;
  readonly isCutOff: boolean;
  readonly delayMs: number;
}

/** What is looked at of `GET /health` of the leader. */
interface Health {
  readonly role: string;
  readonly ends: { readonly durableEnd: number };
  readonly members: readonly { readonly state: string; readonly health: string; readonly durableEnd: number }[];
}

export class RealSystem implements AsyncDisposable {
  readonly #cluster: TestCluster;
  readonly #dev: Dev;
  readonly #ids: readonly string[];
  /** Of the page. */
  readonly url: string;

  private constructor(parts: { readonly cluster: TestCluster; readonly dev: Dev; readonly url: string; readonly ids: readonly string[] }) {
    this.#ids = parts.ids;
    this.#cluster = parts.cluster;
    this.#dev = parts.dev;
    this.url = parts.url;
  }

  /**
   * Resolves when all nodes are healthy members.
   *
   * @param ports - of the nodes, and of the page; by default such as are free
   * @param args - of `rlog dev`; with `--ha` the nodes elect their leader
   * @param nodeCount - of the nodes that it starts
   */
  static async start({
    ports: chosen,
    args = [],
    nodeCount = 3,
  }: {
    readonly ports?: readonly number[];
    readonly args?: readonly string[];
    readonly nodeCount?: number;
  } = {}): Promise<RealSystem> {
    const cluster = new TestCluster();
    const ports = chosen ?? (await devPorts(nodeCount));
    const dev = startDev(cluster, ['--fresh', '--nodes', String(nodeCount), ...args], { ports });
    const isElected = args.includes('--ha');
    const ids = Array.from({ length: nodeCount }, (_, index) =>
      isElected ? `n${index + 1}` : index === 0 ? 'master' : `secondary${index}`,
    );
    const system = new RealSystem({ cluster, dev, ids, url: `http://127.0.0.1:${ports.at(-1)}/` });
    try {
      await system.isWhole();
    } catch (error) {
      await system[Symbol.asyncDispose]();
      throw new Error(`rlog dev did not come up:\n${dev.output()}`, { cause: error });
    }
    return system;
  }

  /** As a person does it in the terminal, or in another window. */
  async act(id: string, deed: Deed): Promise<void> {
    await this.#post(`/lab/nodes/${id}`, deed);
  }

  /** Puts everything back, whatever was done, and waits until all is well. */
  async reset(): Promise<void> {
    await this.#post('/lab/reset', {});
    await this.isWhole();
  }

  /** Resolves when all nodes hold it. */
  async append(message: unknown): Promise<void> {
    await this.#post(`/nodes/${await this.leader()}/messages`, { message, w: 'all' });
  }

  async labNodes(): Promise<readonly LabNode[]> {
    return (await this.#get<{ nodes: LabNode[] }>('/lab')).nodes;
  }

  /** Resolves when there is one. */
  async leader(): Promise<string> {
    let found: string | undefined;
    await waitFor(
      'somebody leads',
      async () => {
        for (const id of this.#ids) if ((await this.#health(id))?.role === 'leader') found = id;
        return found !== undefined;
      },
      patienceMs,
    );
    return found ?? '';
  }

  async #health(id: string): Promise<Health | undefined> {
    try {
      return await this.#get<Health>(`/nodes/${id}/health`);
    } catch {
      // Not there now.
      return undefined;
    }
  }

  /** Everybody is a healthy member and has everything. */
  async isWhole(): Promise<void> {
    await waitFor(
      'everybody is a healthy member and has everything',
      async () => {
        for (const id of this.#ids) {
          const health = await this.#health(id);
          if (health?.role !== 'leader') continue;
          const { members, ends } = health;
          const isHealthy =
            members.length === this.#ids.length && members.every((member) => member.state === 'member' && member.health === 'healthy');
          if (isHealthy && members.every(({ durableEnd }) => durableEnd === ends.durableEnd)) return true;
        }
        return false;
      },
      patienceMs,
    );
  }

  async #get<T>(path: string): Promise<T> {
    const answer = await fetch(new URL(path, this.url), { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as T;
  }

  async #post(path: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(new URL(path, this.url), { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** Ends its nodes with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dev.child.stdin?.write('q');
    await this.#dev.exited;
    await this.#cluster[Symbol.asyncDispose]();
  }
}
