/** The temporary folder, ports and processes of one run. Nothing of it is left once it is disposed of. */

import { mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Program } from './program.ts';
import type { ProgramSpec } from './program.ts';

/** Below the ports that the kernel gives to outgoing connections. */
const firstPort = 30_000;
const portCount = 2_700;

export class Workspace implements AsyncDisposable {
  readonly folder: string;
  readonly #programs = new Set<Program>();
  #nextPort = (process.pid * 37) % portCount;
  #nextFolder = 0;
  #isOver = false;
  readonly #lastMoment = (): void => this.#vanish();

  /** @param parent - an existing folder */
  constructor(parent: string) {
    this.folder = mkdtempSync(join(parent, 'rlog-bench-'));
    process.once('exit', this.#lastMoment);
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  makeFolder(name: string): string {
    const path = join(this.folder, `${this.#nextFolder++}-${name}`);
    mkdirSync(path, { recursive: true });
    return path;
  }

  removeFolder(path: string): void {
    rmSync(path, { recursive: true, force: true });
  }

  start(spec: Omit<ProgramSpec, 'outputPath'> & { readonly outputPath?: string }): Program {
    if (this.#isOver) throw new Error('the benchmark is being ended');
    const program = new Program({ outputPath: join(this.folder, `${spec.name}.out`), ...spec });
    this.#programs.add(program);
    void program.exited().then(() => this.#programs.delete(program));
    return program;
  }

  /** A port on which nothing listens now; it is not given out again for a while. */
  async freePort(): Promise<number> {
    for (let tries = 0; tries < portCount; tries += 1) {
      const port = firstPort + (this.#nextPort++ % portCount);
      if (await isFree(port)) return port;
    }
    throw new Error(`no free port from ${firstPort} to ${firstPort + portCount}`);
  }

  async freePorts(count: number): Promise<number[]> {
    const ports: number[] = [];
    while (ports.length < count) ports.push(await this.freePort());
    return ports;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    const programs = [...this.#programs];
    for (const program of programs) program.killNow();
    await Promise.all(programs.map((program) => program.exited()));
    this.#vanish();
    process.removeListener('exit', this.#lastMoment);
  }

  #vanish(): void {
    for (const program of this.#programs) program.killNow();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => probe.close(resolve));
  return isListening;
}
