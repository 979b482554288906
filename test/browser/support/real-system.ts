/** The whole system as `npm start` starts it, on ports and in a folder of its own, for a browser to look at and a test to harm. */

import assert from 'node:assert/strict';
import { exchange } from '../../support/api.ts';
import type { Health } from '../../support/api.ts';
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

export class RealSystem implements AsyncDisposable {
  readonly #cluster: TestCluster;
  readonly #dev: Dev;
  /** Of the page. */
  readonly url: string;

  private constructor(parts: { readonly cluster: TestCluster; readonly dev: Dev; readonly url: string }) {
    this.#cluster = parts.cluster;
    this.#dev = parts.dev;
    this.url = parts.url;
  }

  /** Resolves when all three nodes are healthy members. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<RealSystem> {
    const cluster = new TestCluster();
    const ports = await devPorts();
    const dev = startDev(cluster, ['--fresh'], { ports, env });
    const system = new RealSystem({ cluster, dev, url: `http://127.0.0.1:${ports[3]}/` });
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

  /** @returns the status */
  async append(message: unknown, id = 'master'): Promise<number> {
    const { status } = await exchange(new URL(`/nodes/${id}/messages`, this.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ message, w: 'all' }),
    });
    return status;
  }

  async labNodes(): Promise<readonly LabNode[]> {
    return (await this.#get<{ nodes: LabNode[] }>('/lab')).nodes;
  }

  async health(id: string): Promise<Health> {
    return this.#get<Health>(`/nodes/${id}/health`);
  }

  /** Everybody is a healthy member and has everything. */
  async isWhole(): Promise<void> {
    await waitFor(
      'everybody is a healthy member and has everything',
      async () => {
        try {
          const { members, ends } = await this.health('master');
          const isHealthy = members.length === 3 && members.every(({ state, health }) => state === 'member' && health === 'healthy');
          return isHealthy && members.every(({ durableEnd }) => durableEnd === ends.durableEnd);
        } catch {
          // Not there yet.
          return false;
        }
      },
      patienceMs,
    );
  }

  async #get<T>(path: string): Promise<T> {
    const { status, text } = await exchange(new URL(path, this.url), { signal: AbortSignal.timeout(5000) });
    assert.equal(status, 200, text);
    return JSON.parse(text) as T;
  }

  async #post(path: string, body: unknown): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const { status, text } = await exchange(new URL(path, this.url), { method: 'POST', headers, body: JSON.stringify(body) });
    assert.equal(status, 200, text);
  }

  /** Ends its nodes with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dev.child.stdin?.write('q');
    await this.#dev.exited;
    await this.#cluster[Symbol.asyncDispose]();
  }
}
