/** One node of ours, started as a user would start it: `./bin/rlog`, with its settings in variables. */

import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { ask, bodyOf } from '../ask.ts';
import type { Reach } from '../ask.ts';
import type { Program } from '../program.ts';
import { waitFor } from '../wait.ts';
import type { Workspace } from '../workspace.ts';

export interface OurNodeSpec {
  readonly name: string;
  readonly kind: 'master' | 'secondary' | 'node';
  readonly rlogPath: string;
  readonly port: number;
  readonly folder: string;
  readonly reach: Reach;
  readonly env: Readonly<Record<string, string>>;
}

export interface Health {
  readonly role: string;
  readonly epoch: number;
  readonly leader: { readonly id: string } | null;
  readonly message_count: number;
  readonly ends: { readonly durableEnd: number; readonly visibleEnd: number; readonly committedEnd: number };
  readonly members: readonly { readonly id: string; readonly state: string; readonly health: string | null }[];
}

const portVariables = { master: 'MASTER_PORT', secondary: 'SECONDARY_PORT', node: 'NODE_PORT' } as const;

export class OurNode {
  readonly spec: OurNodeSpec;
  readonly url: string;
  readonly #workspace: Workspace;
  #program: Program | undefined;

  constructor(workspace: Workspace, spec: OurNodeSpec) {
    this.#workspace = workspace;
    this.spec = spec;
    this.url = `http${spec.reach.ca === undefined ? '' : 's'}://127.0.0.1:${spec.port}`;
  }

  get pid(): number {
    if (this.#program === undefined) throw new Error(`${this.spec.name} was not started`);
    return this.#program.pid;
  }

  spawn(): void {
    const { name, kind, rlogPath, port, folder, env } = this.spec;
    this.#program = this.#workspace.start({
      name: `${name}-${port}`,
      command: rlogPath,
      args: [kind],
      folder,
      env: { SERVER_ID: name, [portVariables[kind]]: String(port), DATA_DIR: folder, ...env },
    });
  }

  check(): void {
    this.#program?.check();
  }

  async serves(deadlineMs?: number): Promise<void> {
    await this.#answers('/health', deadlineMs);
  }

  /** Waits until it would take appends. */
  async isReady(deadlineMs?: number): Promise<void> {
    await this.#answers('/ready', deadlineMs);
  }

  async #answers(path: string, deadlineMs?: number): Promise<void> {
    const what = `${this.spec.name} answers ${path} with 200`;
    await waitFor(
      what,
      async () => {
        this.check();
        try {
          const answer = await ask(this.url + path, this.spec.reach);
          answer.resume();
          return answer.statusCode === 200;
        } catch {
          return false;
        }
      },
      deadlineMs,
    );
  }

  async health(): Promise<Health> {
    return JSON.parse(await bodyOf(await ask(`${this.url}/health`, this.spec.reach))) as Health;
  }

  /** Resident memory, now and at its highest since the start, in bytes. */
  memory(): { readonly residentBytes: number; readonly highestBytes: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
    return { residentBytes: read('VmRSS'), highestBytes: read('VmHWM') };
  }

  signal(name: NodeJS.Signals): void {
    this.#program?.signal(name);
  }

  exited(): Promise<unknown> {
    return this.#program?.exited() ?? Promise.resolve();
  }

  stop(): Promise<void> {
    return this.#program?.stop() ?? Promise.resolve();
  }

  kill(): Promise<void> {
    return this.#program?.kill() ?? Promise.resolve();
  }

  /** Only while it does not run: it will start without its log. */
  wipe(): void {
    rmSync(this.spec.folder, { recursive: true });
    mkdirSync(this.spec.folder);
  }
}
