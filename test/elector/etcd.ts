/** One real etcd, from Debian's etcd-server. */

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

/** Options of a test: it is skipped, and says so, where etcd is not installed. */
export const withEtcd = spawnSync('etcd', ['--version']).error === undefined ? {} : { skip: 'etcd is not installed' };

export class Etcd implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<void>;
  #output = '';

  private constructor({ url, peerUrl, folder }: { readonly url: string; readonly peerUrl: string; readonly folder: string }) {
    this.url = url;
    this.#folder = folder;
    const child = spawn(
      'etcd',
      [
        ...['--name', 'e', '--data-dir', folder, '--log-level', 'error'],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `e=${peerUrl}`],
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    child.stderr.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
    this.#child = child;
  }

  static async start(): Promise<Etcd> {
    const [port, peerPort] = [await freePort(), await freePort()];
    const folder = mkdtempSync(join(tmpdir(), 'rlog-etcd-'));
    const etcd = new Etcd({ url: `http://127.0.0.1:${port}`, peerUrl: `http://127.0.0.1:${peerPort}`, folder });
    await waitFor('etcd serves', async () => {
      if (etcd.#child.exitCode !== null) throw new Error(`etcd ended: ${etcd.#output}`);
      try {
        return (await fetch(`${etcd.url}/health`, { signal: AbortSignal.timeout(1000) })).ok;
      } catch {
        return false;
      }
    });
    return etcd;
  }

  /** What a node, an elector or an operator could ask. */
  async ask(path: string, body: object): Promise<Record<string, unknown>> {
    const answer = await fetch(`${this.url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return (await answer.json()) as Record<string, unknown>;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
    rmSync(this.#folder, { recursive: true });
  }
}
