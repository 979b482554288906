/** Three services, each a process with a node in it, that append all the time while they are killed or restarted. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LogClient } from '../../src/client/index.ts';
import type { Said } from '../support/embedded-service.ts';
import { onlyLong } from '../support/long.ts';
import { cleanEnvironment } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

const program = fileURLToPath(new URL('../support/embedded-service.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'rlog-services-'));
after(() => rmSync(root, { recursive: true, force: true }));

class Services implements AsyncDisposable {
  readonly stored = new Map<string, number>();
  readonly failures: string[] = [];
  readonly urls: readonly string[];
  readonly #folder = mkdtempSync(join(root, 'run-'));
  readonly #running = new Map<number, ChildProcess>();
  #starts = 0;

  private constructor(urls: readonly string[]) {
    this.urls = urls;
  }

  static async start(): Promise<Services> {
    const services = new Services(await Promise.all([0, 1, 2].map(async () => `http://127.0.0.1:${await freePort()}`)));
    await Promise.all(services.urls.map((_, index) => services.begin(index)));
    return services;
  }

  /** Resolves when its node is ready. */
  async begin(index: number): Promise<void> {
    this.#starts += 1;
    const args = [this.urls.join(','), String(index), join(this.#folder, String(index)), `${index}.${this.#starts}`];
    const child = fork(program, args, {
      env: { ...cleanEnvironment(), NODE_COMPILE_CACHE: join(root, 'cache') },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#running.set(index, child);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`service ${index} ended with ${code}`)));
      child.on('message', (said: readonly Said[]) => {
        for (const each of said) {
          if (each.kind === 'ready') resolve();
          else if (each.kind === 'stored') this.stored.set(each.message, each.offset);
          else this.failures.push(`${each.message}: ${each.code}`);
        }
      });
    });
  }

  async end(index: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#running.get(index);
    if (child === undefined) return;
    this.#running.delete(index);
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }

  /** So many more are stored. */
  async storing(count: number): Promise<void> {
    const enough = this.stored.size + count;
    await waitFor(`${count} more are stored`, () => this.stored.size >= enough);
  }

  async entries(): Promise<string[]> {
    const messages: string[] = [];
    for await (const page of new LogClient({ urls: this.urls }).read<string>({ level: 'linearizable' }))
      for (const { message } of page) messages.push(message);
    return messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.urls.map((_, index) => this.end(index, 'SIGKILL')));
  }
}

/** @throws AssertionError if what was acknowledged is not there, or anything is there twice */
async function checkLog(services: Services): Promise<void> {
  // The services go on: what they append after this need not be read.
  const stored = [...services.stored];
  const entries = await services.entries();
  assert.equal(new Set(entries).size, entries.length, 'something is stored twice');
  const lost = stored.filter(([message, offset]) => entries[offset] !== message);
  assert.deepEqual(lost, []);
}

test(
  'a service that is killed under load loses nothing that was acknowledged, and nothing is stored twice: 50 times',
  onlyLong,
  async () => {
    await using services = await Services.start();
    for (let kill = 0; kill < 50; kill += 1) {
      await services.storing(200);
      const victim = kill % 3;
      await services.end(victim, 'SIGKILL');
      await services.storing(200);
      await services.begin(victim);
    }
    await checkLog(services);
    assert.deepEqual(services.failures, []);
  },
);

test('when the services are restarted one after the other under load, no append fails', onlyLong, async () => {
  await using services = await Services.start();
  for (const index of [0, 1, 2]) {
    await services.storing(200);
    await services.end(index, 'SIGTERM');
    await services.storing(200);
    await services.begin(index);
  }
  await services.storing(200);
  assert.deepEqual(services.failures, []);
  await checkLog(services);
});
