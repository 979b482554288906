/** Starts real nodes as a user would, with `./bin/rlog`, on free ports and in temporary folders, and ends them. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.ts';
import { waitFor } from './wait.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));
export const rlogPath = join(repository, 'bin', 'rlog');

/** How long one request to a node may take. */
const lookMs = 5000;

/** For tests that wait until a node counts as unhealthy, where it does not matter how long that takes. */
export const quickHealth = { HEARTBEAT_INTERVAL_MS: '100', SUSPECTED_AFTER_MS: '300', UNHEALTHY_AFTER_MS: '900' };

export interface NodeSpec {
  readonly kind: 'node' | 'master' | 'secondary';
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** How it is asked; `http` by default. */
  readonly scheme?: Scheme;
}

type Scheme = 'http' | 'https';

/** What is different for one start. */
interface StartChanges {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The `rlog` of another version. */
  readonly program?: string;
  readonly scheme?: Scheme;
}

/** The environment without any of our variables. Node's cache is the one of all tests, where there is one. */
export function cleanEnvironment(): Record<string, string> {
  const { PATH = '', HOME = '', NODE_COMPILE_CACHE } = process.env;
  return { PATH, HOME, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }) };
}

/** One node; its process may be killed and started again. */
export class TestNode {
  readonly spec: NodeSpec;
  readonly #folder: string;
  #scheme: Scheme;
  #child: ChildProcess | undefined;
  #exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> | undefined;
  output = '';

  constructor(spec: NodeSpec, folder: string) {
    this.spec = spec;
    this.#folder = folder;
    this.#scheme = spec.scheme ?? 'http';
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.spec.port}`;
  }

  get id(): string {
    const { kind, port, env } = this.spec;
    return env?.['SERVER_ID'] ?? { node: `node-${port}`, master: 'master', secondary: `secondary-${port}` }[kind];
  }

  get dataDir(): string {
    return this.spec.env?.['DATA_DIR'] ?? join(this.#folder, 'data', this.id);
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.id} does not run`);
    return this.#child.pid;
  }

  /** Starts the process and does not wait for it. */
  spawn(changes: StartChanges = {}): void {
    const { kind, port, env = {}, args = [], scheme } = this.spec;
    this.#scheme = changes.scheme ?? scheme ?? 'http';
    const portVariable = { node: 'NODE_PORT', master: 'MASTER_PORT', secondary: 'SECONDARY_PORT' }[kind];
    const child = spawn(changes.program ?? rlogPath, [kind, ...args, ...(changes.args ?? [])], {
      cwd: this.#folder,
      // `none` unless the test sets it: the node would register with whatever listens on port 5000 of this machine.
      env: { ...cleanEnvironment(), [portVariable]: String(port), MASTER_URL: 'none', LOG_LEVEL: 'debug', ...env, ...changes.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = (chunk: Buffer): void => {
      this.output += chunk.toString('utf8');
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    this.#exit = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    this.#child = child;
  }

  /** Starts the process and waits until it serves. */
  async start(changes: StartChanges = {}): Promise<this> {
    this.spawn(changes);
    await this.serves();
    return this;
  }

  async serves(): Promise<void> {
    await waitFor(`${this.id} serves`, async () => {
      if (this.#child?.exitCode !== null) throw new Error(`${this.id} ended before it served:\n${this.output}`);
      try {
        // Another program may have taken the port meanwhile, and never answer.
        return (await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(lookMs) })).ok;
      } catch {
        return false;
      }
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** kill -9, and waits until the process has ended. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited();
  }

  /** SIGTERM, and waits until the process has ended. @returns how it ended */
  async stop(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    this.signal('SIGTERM');
    return this.exited();
  }

  async exited(): Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }> {
    if (this.#exit === undefined) throw new Error(`${this.id} was never started`);
    const exit = await this.#exit;
    this.#child = undefined;
    return exit;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  wipe(): void {
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** Log lines of this event, as they were written to standard output. */
  events(event: string): Record<string, unknown>[] {
    return this.output
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line['msg'] === event);
  }
}

/** Nodes with a folder of their own, for one test. Dispose of it to end them all. */
export class TestCluster implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'rlog-test-'));
  readonly nodes: TestNode[] = [];
  readonly #children: ChildProcess[] = [];

  add(spec: NodeSpec): TestNode {
    const node = new TestNode(spec, this.folder);
    this.nodes.push(node);
    return node;
  }

  /** Ended, too, whatever becomes of the test. */
  own(child: ChildProcess): void {
    this.#children.push(child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill();
    const running = this.nodes.filter((node) => node.isRunning);
    for (const node of running) {
      node.signal('SIGCONT');
      node.signal('SIGKILL');
    }
    await Promise.all(running.map((node) => node.exited()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface ThreeNodes {
  readonly cluster: TestCluster;
  readonly master: TestNode;
  readonly s1: TestNode;
  readonly s2: TestNode;
}

/** A master that names two secondaries, none of them started. */
export async function threeNodes(
  settings: {
    readonly env?: Readonly<Record<string, string>>;
    readonly delays?: readonly [string, string];
    readonly memory?: readonly ('master' | 's1' | 's2')[];
  } = {},
): Promise<ThreeNodes> {
  const cluster = new TestCluster();
  const ports = [await freePort(), await freePort(), await freePort()] as const;
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const argsOf = (name: 'master' | 's1' | 's2'): string[] => (settings.memory?.includes(name) === true ? ['--memory'] : []);
  const env = { ...settings.env };
  const master = cluster.add({
    kind: 'master',
    port: ports[0],
    env: { ...env, SECONDARIES: urls.slice(1).join(',') },
    args: argsOf('master'),
  });
  const secondary = (name: 's1' | 's2', index: 0 | 1): TestNode =>
    cluster.add({
      kind: 'secondary',
      port: ports[index + 1] ?? 0,
      env: { ...env, SERVER_ID: name, MASTER_URL: urls[0] ?? '', REPLICATION_DELAY: settings.delays?.[index] ?? '0' },
      args: argsOf(name),
    });
  return { cluster, master, s1: secondary('s1', 0), s2: secondary('s2', 1) };
}

/** A master and two secondaries, all started, with a leader. */
export async function startThree(settings: Parameters<typeof threeNodes>[0] = {}): Promise<ThreeNodes> {
  const three = await threeNodes(settings);
  try {
    return await allStarted(three, settings);
  } catch (error) {
    // Nothing else would end the nodes that did start, and they would keep the test process alive for ever.
    await three.cluster[Symbol.asyncDispose]();
    throw error;
  }
}

async function allStarted(three: ThreeNodes, settings: Parameters<typeof threeNodes>[0] = {}): Promise<ThreeNodes> {
  const { master, s1, s2 } = three;
  for (const node of [s1, s2]) node.spawn();
  // A node that is missing at the founding becomes a member by a separate change, which waits for the delayed node.
  if (settings.delays !== undefined) for (const node of [s1, s2]) await node.serves();
  master.spawn();
  for (const node of [s1, s2, master]) await node.serves();
  await isReady(three.master);
  return three;
}

interface EqualStart {
  /** Whether they elect: otherwise somebody has to say who leads. */
  readonly isLed?: boolean;
  /** Whether this process can ask them. */
  readonly isAwaited?: boolean;
  readonly scheme?: Scheme;
}

/** Equal nodes, started, with a leader unless `isLed` is false. The first one founds the cluster. */
export async function startEqual(
  count = 3,
  env: Readonly<Record<string, string>> = {},
  { isLed = true, isAwaited = true, scheme = 'http' }: EqualStart = {},
): Promise<TestCluster> {
  const cluster = new TestCluster();
  try {
    const ports = await Promise.all(Array.from({ length: count }, () => freePort()));
    const NODES = ports.map((port) => `${scheme}://127.0.0.1:${port}`).join(',');
    for (const [index, port] of ports.entries()) {
      const own = { NODES, ADVERTISED_URL: `${scheme}://127.0.0.1:${port}`, SERVER_ID: `n${index + 1}` };
      cluster.add({ kind: 'node', port, scheme, env: { ...env, ...own } }).spawn();
    }
    for (const node of isAwaited ? cluster.nodes : []) await node.serves();
    for (const node of isAwaited && isLed ? cluster.nodes : []) await isReady(node);
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

/** Waits until a node would take appends. */
export async function isReady(node: TestNode): Promise<void> {
  await waitFor(`${node.id} is ready`, async () => (await fetch(`${node.url}/ready`, { signal: AbortSignal.timeout(lookMs) })).ok);
}
