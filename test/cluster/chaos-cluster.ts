/**
 * Three real nodes whose every word to each other goes through a proxy of its own, each with a small disk where one can
 * be mounted. Clients talk to the nodes directly.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchange } from '../support/api.ts';
import type { Health } from '../support/api.ts';
import { TestNode, isReady, quickHealth } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { NodeSpec } from '../support/nodes.ts';
import { LinkProxy } from '../../src/lab/link-proxy.ts';
import type { Direction } from '../../src/lab/link-proxy.ts';
import { SmallDisk } from '../support/small-disk.ts';

export const nodeCount = 3;
/** Small, so that there are closed segments soon. */
const segmentBytesMax = '32KiB';
const healthTimeoutMs = 2000;

/** A link, and which of its directions leads away from the node that holds it. */
interface NodeLink {
  readonly link: LinkProxy;
  readonly away: Direction;
}

export class ChaosNode {
  readonly process: TestNode;
  readonly isMaster: boolean;
  readonly disk: SmallDisk | undefined;
  readonly links: NodeLink[] = [];
  /** How often it was started. */
  start = 0;

  constructor(parts: { readonly process: TestNode; readonly disk: SmallDisk | undefined }) {
    this.process = parts.process;
    this.isMaster = parts.process.spec.kind === 'master';
    this.disk = parts.disk;
  }

  get id(): string {
    return this.process.id;
  }

  get url(): string {
    return this.process.url;
  }

  /** Starts it, and waits until it serves. */
  async begin(): Promise<void> {
    this.start += 1;
    await this.process.start();
  }

  async health(): Promise<Health> {
    const { text } = await exchange(new URL('/health', this.url), { signal: AbortSignal.timeout(healthTimeoutMs) });
    return JSON.parse(text) as Health;
  }

  /** @param which - the bytes that it sends, those that it is sent, or both */
  cut(which: 'away' | 'towards' | 'both'): void {
    for (const { link, away } of this.links) {
      const towards = away === 'there' ? 'back' : 'there';
      link.hold(which === 'both' ? ['there', 'back'] : [which === 'away' ? away : towards]);
    }
  }
}

export class ChaosCluster implements AsyncDisposable {
  readonly folder: string;
  readonly nodes: ChaosNode[] = [];
  /** Why no disk can be filled; `undefined` if they can. */
  readonly noDisks: string | undefined;
  readonly #links: LinkProxy[] = [];
  readonly #onExit = (): void => {
    this.#killAll();
    this.#remove();
  };

  private constructor(folder: string, disks: { readonly sizeMiB: number }) {
    this.folder = folder;
    const ids = ['master', 's1', 's2'];
    const mounted = ids.map((id) => SmallDisk.mount(join(folder, id), disks.sizeMiB));
    this.noDisks = mounted.find((disk) => typeof disk === 'string');
    this.#disks = new Map(mounted.flatMap((disk, index) => (typeof disk === 'string' ? [] : [[ids[index] ?? '', disk]])));
  }

  readonly #disks: ReadonlyMap<string, SmallDisk>;

  /** @param disks - how large each is: the whole run must find room */
  static async start(disks: { readonly sizeMiB: number }): Promise<ChaosCluster> {
    const cluster = new ChaosCluster(mkdtempSync(join(tmpdir(), 'rlog-chaos-')), disks);
    // Whatever ends this process, the nodes do not outlive it.
    process.once('exit', cluster.#onExit);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  get master(): ChaosNode {
    const [master] = this.nodes;
    if (master === undefined) throw new Error('there is no master');
    return master;
  }

  async #start(): Promise<void> {
    const ports = { master: await freePort(), s1: await freePort(), s2: await freePort() };
    const toS1 = await this.#link(ports.s1);
    const toS2 = await this.#link(ports.s2);
    const fromS1 = await this.#link(ports.master);
    const fromS2 = await this.#link(ports.master);
    // One URL cannot lead through two links, so the name that the master gives itself means nothing where the
    // secondaries are: each goes by the URL that it was given, through its own link.
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const master = this.#node(
      { kind: 'master', port: ports.master },
      { SERVER_ID: 'master', ADVERTISED_URL: nowhere, SECONDARIES: `${toS1.url},${toS2.url}` },
    );
    const s1 = this.#node({ kind: 'secondary', port: ports.s1 }, { SERVER_ID: 's1', ADVERTISED_URL: toS1.url, MASTER_URL: fromS1.url });
    const s2 = this.#node({ kind: 'secondary', port: ports.s2 }, { SERVER_ID: 's2', ADVERTISED_URL: toS2.url, MASTER_URL: fromS2.url });
    for (const [node, outgoing, incoming] of [
      [master, [toS1, toS2], [fromS1, fromS2]],
      [s1, [fromS1], [toS1]],
      [s2, [fromS2], [toS2]],
    ] as const) {
      node.links.push(...outgoing.map((link) => ({ link, away: 'there' as const })));
      node.links.push(...incoming.map((link) => ({ link, away: 'back' as const })));
    }
    await Promise.all(this.nodes.map((node) => node.begin()));
    await isReady(master.process);
  }

  async #link(targetPort: number): Promise<LinkProxy> {
    const link = await LinkProxy.open({ port: await freePort(), targetPort });
    this.#links.push(link);
    return link;
  }

  #node(spec: NodeSpec, env: Readonly<Record<string, string>> & { readonly SERVER_ID: string }): ChaosNode {
    const id = env.SERVER_ID;
    const settings = {
      ...quickHealth,
      ...env,
      // Below the folder that a disk is mounted on: that one cannot be removed.
      DATA_DIR: join(this.folder, id, 'data'),
      SEGMENT_BYTES_MAX: segmentBytesMax,
      WRITE_TIMEOUT_MS: '5000',
      LOG_LEVEL: 'info',
    };
    const node = new ChaosNode({
      process: new TestNode({ ...spec, env: settings }, this.folder),
      disk: this.#disks.get(id),
    });
    this.nodes.push(node);
    return node;
  }

  /** Copies what is on the disks, and all that the nodes said, to a folder that stays. @returns the folder */
  keep(): string {
    const kept = `${this.folder}-kept`;
    mkdirSync(kept, { recursive: true });
    for (const node of this.nodes) {
      cpSync(join(this.folder, node.id), join(kept, node.id), { recursive: true });
      writeFileSync(join(kept, `${node.id}.log`), node.process.output);
    }
    return kept;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.nodes.filter((node) => node.process.isRunning);
    this.#killAll();
    await Promise.all(running.map((node) => node.process.exited()));
    process.removeListener('exit', this.#onExit);
    for (const link of this.#links) await link[Symbol.asyncDispose]();
    this.#remove();
  }

  #killAll(): void {
    for (const { process: node } of this.nodes) {
      node.signal('SIGCONT');
      node.signal('SIGKILL');
    }
  }

  #remove(): void {
    for (const disk of this.#disks.values()) disk.unmount();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
