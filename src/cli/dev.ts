/**
 * `rlog dev`: a master and two secondaries as three processes in one terminal. Keys 1, 2 and 3 kill a node with
 * kill -9, or start it again; q ends all.
 */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { prettyFactory } from 'pino-pretty';
import { BadValue, seconds } from '../config.ts';
import { FolderLock } from '../io/folder-lock.ts';
import { prettyOptions } from '../io/logger.ts';
import { makeFolder } from '../io/make-folder.ts';
import { CliError } from './cli-error.ts';
import { lines } from './lines.ts';
import { whenReaderIsGone } from './reader.ts';
import { table } from './table.ts';

const host = '127.0.0.1';
const root = join('data', 'dev');
/** A node that was told to end and did not is ended. */
const endWithinMs = 3500;
const colours = ['\u001b[36m', '\u001b[33m', '\u001b[35m'];
const plain = '\u001b[0m';

interface NodePlan {
  readonly name: string;
  readonly kind: 'master' | 'secondary';
  readonly port: number;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly colour: string;
}

export async function dev(options: { readonly delays: string | undefined; readonly isFresh: boolean }): Promise<void> {
  const plans = planNodes(options.delays);
  for (const plan of plans) await needFreePort(plan);
  prepareFolders(plans, options.isFresh);
  const nodes = plans.map((plan) => new DevNode(plan));
  // However this process ends, if it can do anything at all then: nodes must not stay behind.
  process.once('exit', () => {
    for (const node of nodes) node.signal('SIGTERM');
  });
  for (const node of nodes) node.start();
  say(`\n${table([['KEY', 'NAME', 'PID', 'URL', 'FOLDER'], ...nodes.map((node, index) => [String(index + 1), ...node.describe()])])}`);
  say(`\n  curl -X POST ${nodes[0]?.url ?? ''}/messages -H 'Content-Type: application/json' -d '{"message":"Hello"}'`);
  say(`  curl ${nodes[1]?.url ?? ''}/messages`);
  say('\n  1, 2, 3: kill -9 a node, or start it again    q: end all\n');
  await untilToldToEnd(nodes);
  await Promise.all(nodes.map((node) => node.end()));
}

function planNodes(delays: string | undefined): NodePlan[] {
  const { env } = process;
  const ports = [portOf('MASTER_PORT', 5000), portOf('FOLLOWER_1_PORT', 5001), portOf('FOLLOWER_2_PORT', 5002)];
  const names = ['master', 'secondary1', 'secondary2'];
  const given = delaysOf(delays);
  const urls = ports.map((port) => `http://${host}:${port}`);
  return names.map((name, index): NodePlan => {
    const kind = index === 0 ? 'master' : 'secondary';
    const port = ports[index] ?? 0;
    const folder = join(root, name);
    const common = {
      SERVER_ID: name,
      HOST: host,
      DATA_DIR: folder,
      ADVERTISED_URL: urls[index] ?? '',
      LOG_LEVEL: env['LOG_LEVEL'] ?? 'debug',
    };
    const delay = index === 0 ? '' : (given[index - 1] ?? '');
    const own: Record<string, string> =
      kind === 'master'
        ? { MASTER_PORT: String(port), SECONDARIES: urls.slice(1).join(',') }
        : { SECONDARY_PORT: String(port), MASTER_URL: urls[0] ?? '', REPLICATION_DELAY: delay, SECONDARY_DELAYS: delay };
    return { name, kind, port, folder, environment: { ...common, ...own }, colour: colours[index] ?? plain };
  });
}

/** Seconds for each secondary, as they were typed; nothing for one is no delay. @throws CliError */
function delaysOf(text = ''): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.length > 2) throw new CliError('--delays takes one number for each of the two secondaries, like 2.0,1.5', 2);
  for (const part of parts) {
    try {
      if (part !== '') seconds(part);
    } catch (error) {
      if (error instanceof BadValue) throw new CliError(`--delays: ${error.message}, not "${part}"`, 2, { cause: error });
      throw error;
    }
  }
  return parts;
}

/** Makes sure that no other node has them: on other ports, it would lose its log under its hands. @throws CliError */
function prepareFolders(plans: readonly NodePlan[], isFresh: boolean): void {
  const locks: FolderLock[] = [];
  const holder = { id: 'dev', pid: process.pid, url: `http://${host}`, since: new Date().toISOString() };
  try {
    for (const { folder } of plans) if (existsSync(folder)) locks.push(FolderLock.take(folder, holder));
    if (isFresh) rmSync(root, { recursive: true, force: true });
    for (const { folder } of plans) makeFolder(folder);
  } catch (cause) {
    throw new CliError(cause instanceof Error ? cause.message : String(cause), 1, { cause });
  } finally {
    for (const lock of locks) lock.release();
  }
}

function portOf(variable: string, fallback: number): number {
  const text = process.env[variable];
  if (text === undefined || text === '') return fallback;
  if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > 65_535)
    throw new CliError(`${variable}: a port from 1 to 65535, not "${text}"`, 2);
  return Number(text);
}

async function needFreePort({ port, name }: NodePlan): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be listened on (${error.code ?? error.message})`;
      reject(new CliError(`port ${port}, for ${name}, ${reason}; MASTER_PORT, FOLLOWER_1_PORT and FOLLOWER_2_PORT choose others`));
    });
    probe.listen(port, host, resolve);
  });
  await new Promise((resolve) => probe.close(resolve));
}

/** Reads keys from the terminal, or from a pipe; resolves at q, Ctrl-C or a signal, or when nobody reads our output. */
function untilToldToEnd(nodes: readonly DevNode[]): Promise<void> {
  return new Promise((resolve) => {
    const { stdin } = process;
    const isTerminal = stdin.isTTY;
    let isTold = false;
    const end = (): void => {
      if (isTold) return;
      isTold = true;
      resolve();
      if (isTerminal) stdin.setRawMode(false);
      stdin.destroy();
    };
    // A terminal that was closed can be neither read nor set any more.
    stdin.on('error', end);
    whenReaderIsGone(end);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, end);
    if (isTerminal) stdin.setRawMode(true);
    stdin.on('data', (keys: Buffer) => {
      for (const key of keys.toString('latin1')) {
        if (key === 'q' || key === '\u0003') end();
        else nodes[Number(key) - 1]?.toggle();
      }
    });
  });
}

class DevNode {
  readonly #plan: NodePlan;
  readonly #format: (line: string) => string;
  #child: ChildProcess | undefined;
  #isEnding = false;

  constructor(plan: NodePlan) {
    this.#plan = plan;
    const format = prettyFactory({ ...prettyOptions, colorize: process.stdout.isTTY });
    this.#format = (line) => (line.startsWith('{') ? format(line) : `${line}\n`);
  }

  get url(): string {
    return `http://${host}:${this.#plan.port}`;
  }

  describe(): string[] {
    return [this.#plan.name, String(this.#child?.pid ?? '-'), this.url, this.#plan.folder];
  }

  start(): void {
    const { kind, environment } = this.#plan;
    const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', kind], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) void this.#showAll(stream);
    child.once('exit', (code, signal) => {
      if (this.#child !== child) return;
      this.#child = undefined;
      if (!this.#isEnding) this.#show(`ended (${signal ?? `exit code ${code ?? '?'}`}); its key starts it again`);
    });
  }

  toggle(): void {
    if (this.#child === undefined) {
      this.start();
      this.#show(`started again, pid ${this.#child === undefined ? '-' : String((this.#child as ChildProcess).pid)}`);
    } else this.#child.kill('SIGKILL');
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), endWithinMs);
    await ended;
    clearTimeout(timer);
  }

  async #showAll(output: Readable): Promise<void> {
    try {
      for await (const line of lines(output)) this.#show(line.toString('utf8'));
    } catch (error) {
      this.#show(`its output cannot be read any more: ${String(error)}`);
    }
  }

  #show(line: string): void {
    const { name, colour } = this.#plan;
    const label = name.padEnd(10);
    const prefix = process.stdout.isTTY ? `${colour}${label}${plain} ` : `${label} `;
    process.stdout.write(`${prefix}${this.#format(line)}`);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
