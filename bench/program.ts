/** One process that the benchmark started: its output goes to a file, and it ends when the benchmark says so. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

const tailBytes = 1500;
const patienceMs = 8000;

export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly outputPath: string;
  readonly env?: Readonly<Record<string, string>>;
  /** It has an IPC channel to its parent. */
  readonly hasChannel?: boolean;
}

export class Program {
  readonly name: string;
  readonly process: ChildProcess;
  readonly #outputPath: string;
  readonly #exited: Promise<string>;
  #isWanted = true;
  #end: string | undefined;

  constructor(spec: ProgramSpec) {
    this.name = spec.name;
    this.#outputPath = spec.outputPath;
    const output = openSync(spec.outputPath, 'a');
    const { PATH = '', HOME = '', TMPDIR } = process.env;
    this.process = spawn(spec.command, spec.args, {
      cwd: spec.folder,
      // Without any of our variables that may be set on this machine.
      env: { PATH, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...spec.env },
      stdio: ['ignore', output, output, ...(spec.hasChannel === true ? (['ipc'] as const) : [])],
    });
    closeSync(output);
    this.#exited = new Promise((resolve) => {
      const ended = (how: string): void => {
        this.#end ??= how;
        resolve(this.#end);
      };
      this.process.once('error', (error) => ended(error.message));
      this.process.once('exit', (code, signal) => ended(signal === null ? `exit code ${code}` : signal));
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#end === undefined;
  }

  /** @throws if it ended without being asked to */
  check(): void {
    if (this.#isWanted && this.#end !== undefined) throw new Error(`${this.name} ended by itself (${this.#end}):\n${this.outputTail()}`);
  }

  outputTail(): string {
    return readFileSync(this.#outputPath, 'utf8').slice(-tailBytes);
  }

  exited(): Promise<string> {
    return this.#exited;
  }

  /** Does not wait. After `SIGKILL` or `SIGTERM` the end of the process is expected. */
  signal(name: NodeJS.Signals): void {
    if (name === 'SIGKILL' || name === 'SIGTERM') this.#isWanted = false;
    if (this.isRunning) this.process.kill(name);
  }

  /** SIGTERM, and SIGKILL if it has not ended after a while; waits until it has ended. */
  async stop(): Promise<void> {
    this.#isWanted = false;
    if (!this.isRunning) return;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.process.kill('SIGKILL'), patienceMs);
    await this.#exited;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.killNow();
    await this.#exited;
  }

  /** Does not wait: for the `exit` event of this process. */
  killNow(): void {
    this.#isWanted = false;
    if (this.isRunning) this.process.kill('SIGKILL');
  }
}
