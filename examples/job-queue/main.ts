/** Starts a job queue of three instances, and each again that ends, until Ctrl-C: README.md. `main.ts [PORT] [LEASE_MS]` */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('service.ts', import.meta.url));
const [base = '7000', leaseMs = '30000'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'job-queue-'));
const nodes = [0, 1, 2].map((instance) => `http://127.0.0.1:${Number(base) + instance}`);
const services = [0, 1, 2].map((instance) => `http://127.0.0.1:${Number(base) + 10 + instance}`);
const running = new Set<ChildProcess>();
const stopping = new AbortController();

async function keepRunning(instance: number): Promise<void> {
  while (!stopping.signal.aborted) {
    const child = fork(program, [String(instance), nodes.join(), services.join(), join(folder, String(instance)), leaseMs]);
    child.once('message', () => process.stdout.write(`instance ${instance}, process ${child.pid}: ${services[instance]}/jobs\n`));
    running.add(child);
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
    running.delete(child);
    if (stopping.signal.aborted) return;
    process.stdout.write(`instance ${instance} ended (${signal ?? code}), and is started again\n`);
    await wait(1000);
  }
}

function stop(): void {
  stopping.abort();
  for (const child of running) child.kill('SIGTERM');
}

process.once('SIGINT', stop).once('SIGTERM', stop);
await Promise.all([0, 1, 2].map(keepRunning));
rmSync(folder, { recursive: true, force: true });
