/** The client of the probe that runs in a node. */

import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { CpuProfile } from './longest-runs.ts';

export interface LoopDelay {
  /** How many samples were taken of the loop. */
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

const probeUrl = pathToFileURL(fileURLToPath(new URL('./probe.ts', import.meta.url))).href;

export class ProbeClient {
  readonly #path: string;

  /** @param path - of the socket; the system limits its length */
  constructor(path: string) {
    this.#path = path;
  }

  /** Variables for the node to watch. */
  get env(): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--import=${probeUrl}`, RLOG_BENCH_PROBE: this.#path };
  }

  async reset(): Promise<void> {
    await this.#ask('reset');
  }

  async delay(): Promise<LoopDelay> {
    return (await this.#ask('delay')) as LoopDelay;
  }

  async startProfile(): Promise<void> {
    await this.#ask('profile');
  }

  async endProfile(): Promise<CpuProfile> {
    return (await this.#ask('profile-end')) as CpuProfile;
  }

  async #ask(command: string): Promise<unknown> {
    const socket = connect(this.#path);
    try {
      const line = new Promise<string>((resolve, reject) => {
        socket.once('error', reject);
        createInterface({ input: socket }).once('line', resolve);
      });
      socket.write(`${command}\n`);
      return JSON.parse(await line) as unknown;
    } finally {
      socket.destroy();
    }
  }
}
