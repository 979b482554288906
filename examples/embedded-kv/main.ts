/** A key-value service of three instances, one of which is killed: README.md. */

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('service.ts', import.meta.url));
const [base = '7000'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'embedded-kv-'));
const ports = [0, 1, 2].map((instance) => Number(base) + 10 + instance);
const nodes = [0, 1, 2].map((instance) => `http://127.0.0.1:${Number(base) + instance}`);
const running = new Map<number, ChildProcess>();

/** Resolves when it serves. */
async function start(instance: number): Promise<void> {
  const child = fork(program, [String(instance), nodes.join(','), String(ports[instance]), join(folder, String(instance))]);
  running.set(instance, child);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', (code) => reject(new Error(`instance ${instance} ended with ${code}`)));
  });
}

async function ask(instance: number, method: 'GET' | 'PUT', key: string, value?: unknown): Promise<unknown> {
  const sent = value === undefined ? {} : { body: JSON.stringify(value) };
  const answer = await fetch(`http://127.0.0.1:${ports[instance]}/${key}`, { method, ...sent });
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** Which of them leads. */
async function leader(): Promise<number> {
  const survivor = [...running.keys()][0] ?? 0;
  const answer = await fetch(`${nodes[survivor]}/health`);
  const health = (await answer.json()) as { readonly leader: { readonly url: string } | null };
  return nodes.indexOf(health.leader?.url ?? '');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

try {
  await Promise.all([0, 1, 2].map(start));
  say('three instances serve, and hold the log');
  for (let n = 0; n < 100; n += 1) await ask(n % 3, 'PUT', `key-${n}`, { n });
  const killed = await leader();
  running.get(killed)?.kill('SIGKILL');
  running.delete(killed);
  const began = performance.now();
  const [first = 0, second = 0] = [...running.keys()];
  await ask(first, 'PUT', 'written-later', true);
  say(`instance ${killed} led and was killed; the next write took ${Math.round(performance.now() - began)} ms`);
  for (let n = 0; n < 100; n += 1) {
    const { value } = (await ask(second, 'GET', `key-${n}`)) as { readonly value: { readonly n: number } | null };
    if (value?.n !== n) throw new Error(`key-${n} is lost`);
  }
  say('all 100 keys are there');
  await start(killed);
  // Its own write is applied once everything before it is.
  await ask(killed, 'PUT', 'written-by-the-one-that-came-back', true);
  const back = await ask(killed, 'GET', 'written-later');
  say(`instance ${killed} is back, and has what was written meanwhile: ${JSON.stringify(back)}`);
} finally {
  for (const child of running.values()) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
