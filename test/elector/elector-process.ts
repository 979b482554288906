/** An elector of examples/external-coordinator as a process. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { cleanEnvironment, repository } from '../support/nodes.ts';

const program = join(repository, 'examples/external-coordinator/main.ts');

export class ElectorProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  output = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [program, ...args], {
      env: { ...cleanEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    this.#exit = new Promise((resolve) => child.once('exit', resolve));
    this.#child = child;
  }

  count(event: string): number {
    return this.output.split('\n').filter((line) => line.includes(`"event":"${event}"`)).length;
  }

  /** @returns its exit code */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#child.kill(signal);
    return this.#exit;
  }

  exited(): Promise<number | null> {
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}
