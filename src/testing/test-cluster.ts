/** A cluster for the tests of users: real nodes, each in a thread of its own, with folders and ports of their own. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode } from '../embed/start.ts';
import type { LogNode } from '../embed/log-node.ts';
import type { NodeOptions } from '../embed/options.ts';
import { Links } from '../lab/links.ts';
import { giveBack, takePort } from './ports.ts';

/** Options of `startTestCluster`. */
export interface TestClusterOptions
  extends Omit<NodeOptions, 'url' | 'nodes' | 'id' | 'host' | 'port' | 'dataDir' | 'dialInstead' | 'thread' | 'signals'> {
  /** How many nodes; 3 by default. They are called `a`, `b`, `c`, … */
  readonly nodes?: number;
}

/** Times at which a leader that is gone is replaced within a second, on a machine that is busy with tests. */
const quickTimes = { heartbeatIntervalMs: 50, suspectedAfterMs: 250, unhealthyAfterMs: 750, electionTimeoutMs: 500 } as const;
const nodesMax = 9;
const formsWithinMs = 30_000;
const lookEveryMs = 5;

/** Where a node is, whether it runs or not. */
interface Place {
  readonly id: string;
  readonly port: number;
  readonly linkPort: number;
  readonly url: string;
}

/** Starts a cluster, and resolves when any one of its nodes may die without harm. @throws ConfigError, NodeFailed, RangeError */
export async function startTestCluster({ nodes: count = 3, ...options }: TestClusterOptions = {}): Promise<TestCluster> {
  if (!Number.isInteger(count) || count < 1 || count > nodesMax) throw new RangeError(`"nodes" must be from 1 to ${nodesMax}`);
  const ports = await Promise.all(Array.from({ length: 2 * count }, takePort));
  const places = Array.from({ length: count }, (_, index): Place => {
    const [port = 0, linkPort = 0] = ports.slice(2 * index);
    return { id: String.fromCharCode('a'.charCodeAt(0) + index), port, linkPort, url: `http://127.0.0.1:${port}` };
  });
  const cluster = new TestCluster(places, options, await Links.open(places));
  try {
    await Promise.all(places.map(({ id }) => cluster.restart(id)));
    await cluster.formed();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** A cluster of real nodes in this process, as `startTestCluster` returns it. `await using` stops it at the end of the block. */
export class TestCluster implements AsyncDisposable {
  readonly #places: readonly Place[];
  readonly #options: Omit<TestClusterOptions, 'nodes'>;
  readonly #links: Links;
  readonly #folder = mkdtempSync(join(tmpdir(), 'rlog-test-'));
  readonly #running = new Map<string, LogNode>();

  /** Made by `startTestCluster`. */
  constructor(places: readonly Place[], options: Omit<TestClusterOptions, 'nodes'>, links: Links) {
    this.#places = places;
    this.#options = options;
    this.#links = links;
  }

  /** URLs of all nodes, for a `LogClient`: those of nodes that are down as well. */
  get urls(): readonly string[] {
    return this.#places.map(({ url }) => url);
  }

  /** Names of all nodes. */
  get ids(): readonly string[] {
    return this.#places.map(({ id }) => id);
  }

  /** The nodes that run. */
  get nodes(): readonly LogNode[] {
    return this.ids.flatMap((id) => this.#running.get(id) ?? []);
  }

  /** @throws RangeError if there is no such node, or it does not run */
  node(id: string): LogNode {
    const node = this.#running.get(this.#placeOf(id).id);
    if (node === undefined) throw new RangeError(`node ${id} does not run`);
    return node;
  }

  /**
   * Waits until a majority follows one of the nodes that run, and returns that.
   * @param options - `timeoutMs`: 10,000 by default
   * @throws Error at the end of that time
   */
  async leader({ timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {}): Promise<LogNode> {
    const deadline = performance.now() + timeoutMs;
    while (performance.now() < deadline) {
      const heard = await Promise.all(this.nodes.map((node) => node.status().catch(() => undefined)));
      for (const node of this.nodes) {
        const followers = heard.filter((status) => status?.leader?.id === node.id);
        if (!this.#links.isCutOff(node.id) && followers.length * 2 > this.#places.length) return node;
      }
      await pause();
    }
    throw new Error(`no node leads a majority of ${this.ids.join(', ')} within ${timeoutMs} ms`);
  }

  /**
   * Waits until all nodes are members and know it, so that as many may die as a cluster of this size tolerates.
   * @throws Error after 30 s
   */
  async formed(): Promise<void> {
    const { length: count } = this.#places;
    const deadline = performance.now() + formsWithinMs;
    while (performance.now() < deadline) {
      const heard = await Promise.all(this.nodes.map((node) => node.status()));
      const isFormed = heard.every(({ notElectable, leader }) => leader !== null && !notElectable.includes('not-a-member'));
      if (isFormed && heard.length === count && heard.some(({ tolerates }) => tolerates === (count - 1) >> 1)) return;
      await pause();
    }
    throw new Error(`the nodes ${this.ids.join(', ')} did not form a cluster within ${formsWithinMs} ms`);
  }

  /** Ends a node as `kill -9` ends a process. Its folder stays. */
  async kill(id: string): Promise<void> {
    const node = this.node(id);
    this.#running.delete(id);
    await node.kill();
  }

  /** Starts a node again that was killed, or stops it and starts it again. Resolves once it listens. */
  async restart(id: string): Promise<LogNode> {
    const { port, url } = this.#placeOf(id);
    await this.#running.get(id)?.stop();
    const others = this.#places.filter((place) => place.id !== id);
    const node = await startNode({
      ...quickTimes,
      logLevel: 'warn',
      ...this.#options,
      id,
      url,
      port,
      nodes: this.urls,
      dataDir: join(this.#folder, id),
      dialInstead: Object.fromEntries(others.map((place) => [place.url, `http://127.0.0.1:${place.linkPort}`])),
    });
    this.#running.set(id, node);
    return node;
  }

  /** Cuts a node off from the others: what is on its way in either direction waits. Clients still reach it. */
  cut(id: string): void {
    this.#links.cutOff(this.#placeOf(id).id);
  }

  /** Ends the cut of a node, or of all: what waited arrives, as TCP would send it again. */
  heal(id?: string): void {
    for (const each of id === undefined ? this.ids : [this.#placeOf(id).id]) this.#links.reconnect(each);
  }

  /** Stops all nodes and removes their folders. */
  async stop(): Promise<void> {
    // Nothing is left to hand over to.
    await Promise.all(this.nodes.map((node) => node.kill()));
    this.#running.clear();
    await this.#links[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
    for (const { port, linkPort } of this.#places) for (const each of [port, linkPort]) giveBack(each);
  }

  /** The same as `stop`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #placeOf(id: string): Place {
    const place = this.#places.find((each) => each.id === id);
    if (place === undefined) throw new RangeError(`there is no node "${id}": there are ${this.ids.join(', ')}`);
    return place;
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, lookEveryMs);
  });
}
