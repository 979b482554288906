/**
 * Three real nodes that reach each other only through proxies, each with a small disk where one can be mounted. Clients
 * talk to the nodes directly. Either a master and two secondaries, or three equal nodes that elect.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Undo } from '../../src/lab/link-proxy.ts';
import { exchange } from '../support/api.ts';
import type { Health } from '../support/api.ts';
import { TestNode, isReady, quickHealth } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { Mesh } from './mesh.ts';
import type { Ways } from './mesh.ts';

export const nodeCount = 3;
export type Coordinator = 'static' | 'elections';

/** Small, so that segments are soon closed. */
const segmentBytesMax = '32KiB';
const healthTimeoutMs = 2000;
const slowFlush = fileURLToPath(new URL('slow-flush.ts', import.meta.url));
const names = { static: ['master', 's1', 's2'], elections: ['n1', 'n2', 'n3'] } as const;

export class ChaosNode {
  readonly process: TestNode;
  readonly isMaster: boolean;
  readonly disk: SmallDisk | undefined;
  readonly #mesh: Mesh;
  readonly #stallPath: string;
  readonly #undos: Undo[] = [];
  /** How often it was started. */
  start = 0;

  constructor(parts: {
    readonly process: TestNode;
    readonly disk: SmallDisk | undefined;
    readonly mesh: Mesh;
    readonly stallPath: string;
  }) {
    this.process = parts.process;
    this.isMaster = parts.process.spec.kind === 'master';
    this.disk = parts.disk;
    this.#mesh = parts.mesh;
    this.#stallPath = parts.stallPath;
  }

  get id(): string {
    return this.process.id;
  }

  get url(): string {
    return this.process.url;
  }

  /** Starts the process, and waits until it serves. */
  async begin(): Promise<void> {
    this.start += 1;
    await this.process.start();
  }

  async health(timeoutMs = healthTimeoutMs): Promise<Health> {
    const { text } = await exchange(new URL('/health', this.url), { signal: AbortSignal.timeout(timeoutMs) });
    return JSON.parse(text) as Health;
  }

  cut(ways: Ways): void {
    this.#undos.push(this.#mesh.cut(this.id, ways));
  }

  cutOneWay(other: ChaosNode, ways: 'away' | 'towards'): void {
    const [from, to] = ways === 'away' ? [this.id, other.id] : [other.id, this.id];
    this.#undos.push(this.#mesh.cutOneWay(from, to));
  }

  /** Delays everything that it sends or is sent by this much. */
  slow(delayMs: number): void {
    this.#undos.push(this.#mesh.slow(this.id, delayMs));
  }

  reset(): void {
    this.#mesh.reset(this.id);
  }

  /** Ends all faults on its links; what was held back arrives. */
  healLinks(): void {
    for (const undo of this.#undos.splice(0)) undo();
  }

  /** While this lasts, no flush finishes. */
  stall(isStalled: boolean): void {
    if (isStalled) writeFileSync(this.#stallPath, '');
    else rmSync(this.#stallPath, { force: true });
  }
}

export class ChaosCluster implements AsyncDisposable {
  readonly folder: string;
  readonly coordinator: Coordinator;
  readonly nodes: ChaosNode[] = [];
  /** Why disks cannot be filled here; `undefined` if they can. */
  readonly noDisks: string | undefined;
  readonly #disks: ReadonlyMap<string, SmallDisk>;
  #mesh: Mesh | undefined;
  readonly #onExit = (): void => {
    this.#killAll();
    this.#remove();
  };

  private constructor(folder: string, { coordinator, sizeMiB }: { readonly coordinator: Coordinator; readonly sizeMiB: number }) {
    this.folder = folder;
    this.coordinator = coordinator;
    const mounted = names[coordinator].map((id) => [id, SmallDisk.mount(join(folder, id), sizeMiB)] as const);
    this.noDisks = mounted.map(([, disk]) => disk).find((disk) => typeof disk === 'string');
    this.#disks = new Map(mounted.flatMap(([id, disk]) => (typeof disk === 'string' ? [] : [[id, disk]])));
  }

  /** @param settings - `sizeMiB` of each disk: the whole run must fit */
  static async start(settings: { readonly coordinator: Coordinator; readonly sizeMiB: number }): Promise<ChaosCluster> {
    const cluster = new ChaosCluster(mkdtempSync(join(tmpdir(), 'rlog-chaos-')), settings);
    // However this process ends, the nodes must not outlive it.
    process.once('exit', cluster.#onExit);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The master, or else the node that says that it leads, in the highest epoch; `undefined` if none does. */
  async leader(timeoutMs = healthTimeoutMs): Promise<ChaosNode | undefined> {
    if (this.coordinator === 'static') return this.nodes[0];
    const healths = await Promise.all(this.nodes.map((node) => node.health(timeoutMs).catch(() => undefined)));
    let [leader, epoch]: [ChaosNode | undefined, number] = [undefined, -1];
    for (const [index, health] of healths.entries()) {
      if (health?.role === 'leader' && health.epoch > epoch) [leader, epoch] = [this.nodes[index], health.epoch];
    }
    return leader;
  }

  async #start(): Promise<void> {
    const places: { readonly id: string; readonly port: number }[] = [];
    for (const id of names[this.coordinator]) places.push({ id, port: await freePort() });
    const mesh = await Mesh.open(places);
    this.#mesh = mesh;
    const urls = places.map(({ id }) => mesh.urlOf(id));
    for (const [index, { id, port }] of places.entries()) {
      const env: Record<string, string> = { SERVER_ID: id, ADVERTISED_URL: mesh.urlOf(id) };
      if (this.coordinator === 'elections') this.#add(mesh, { kind: 'node', port, env: { ...env, NODES: urls.join(',') } });
      else if (index === 0)
        this.#add(mesh, { kind: 'master', port, env: { ...quickHealth, ...env, SECONDARIES: urls.slice(1).join(',') } });
      else this.#add(mesh, { kind: 'secondary', port, env: { ...quickHealth, ...env, MASTER_URL: urls[0] ?? '' } });
    }
    await Promise.all(this.nodes.map((node) => node.begin()));
    for (const node of this.coordinator === 'elections' ? this.nodes : this.nodes.slice(0, 1)) await isReady(node.process);
  }

  #add(
    mesh: Mesh,
    spec: { readonly kind: 'node' | 'master' | 'secondary'; readonly port: number; readonly env: Readonly<Record<string, string>> },
  ): void {
    const id = spec.env['SERVER_ID'] ?? '';
    const stallPath = join(this.folder, `${id}.stalled`);
    const settings = {
      ...spec.env,
      // Below the folder on which the disk is mounted: that folder itself cannot be removed.
      DATA_DIR: join(this.folder, id, 'data'),
      SEGMENT_BYTES_MAX: segmentBytesMax,
      WRITE_TIMEOUT_MS: '5000',
      LOG_LEVEL: 'info',
      ...(this.coordinator === 'elections' ? { NODE_OPTIONS: `--import=${slowFlush}`, RLOG_TEST_STALL: stallPath } : {}),
    };
    const process = new TestNode({ ...spec, env: settings }, this.folder);
    this.nodes.push(new ChaosNode({ process, disk: this.#disks.get(id), mesh, stallPath }));
  }

  /** Copies the disks, and the output of the nodes, to a folder that stays. @returns the folder */
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
    await this.#mesh?.[Symbol.asyncDispose]();
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
