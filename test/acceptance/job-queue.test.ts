/** examples/job-queue: the commands of its README, and workers that take and finish jobs while its leaders are killed and frozen. */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onlyLong } from '../support/long.ts';
import { cleanEnvironment, repository } from '../support/nodes.ts';
import { stepsOf } from '../support/page-steps.ts';
import { freePortRow } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

const run = promisify(execFile);
const folder = join(repository, 'examples/job-queue');
const askMs = 6000;

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The three instances, as main.ts starts them. */
class JobQueue implements AsyncDisposable {
  readonly base: number;
  readonly #main: ChildProcess;
  #output = '';

  private constructor(base: number, leaseMs: number) {
    this.base = base;
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    this.#main = spawn(process.execPath, [join(folder, 'main.ts'), String(base), String(leaseMs)], {
      env: cleanEnvironment(),
      stdio: [...stdio],
    });
    this.#main.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()));
  }

  static async start(leaseMs: number): Promise<JobQueue> {
    const queue = new JobQueue(await freePortRow(13), leaseMs);
    await waitFor('three instances serve', () => queue.#pids.size === 3);
    return queue;
  }

  /** By instance; those that it had before are overwritten. */
  get #pids(): ReadonlyMap<number, number> {
    return new Map(
      [...this.#output.matchAll(/^instance (\d), process (\d+):/gm)].map(([, instance, pid]) => [Number(instance), Number(pid)]),
    );
  }

  /** @throws TypeError, DOMException if there is no answer */
  async ask(
    instance: number,
    method: 'GET' | 'POST',
    path: string,
    { body, key, timeoutMs = askMs }: { readonly body?: string; readonly key?: string; readonly timeoutMs?: number } = {},
  ): Promise<Answer> {
    const answer = await fetch(`http://127.0.0.1:${this.base + 10 + instance}${path}`, {
      method,
      signal: AbortSignal.timeout(timeoutMs),
      ...(body !== undefined && { body }),
      headers: key === undefined ? {} : { 'idempotency-key': key },
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) };
  }

  /** Until an instance has done it. What may have happened is asked for again: each of these is harmless to repeat. */
  async insist(path: string, sent: Parameters<JobQueue['ask']>[3] = {}): Promise<Answer['body']> {
    let body: Answer['body'] = {};
    let instance = 0;
    await waitFor(`an instance takes ${path}`, async () => {
      instance = (instance + 1) % 3;
      const answer = await this.ask(instance, 'POST', path, sent).catch(() => undefined);
      if (answer === undefined || answer.status >= 500) return false;
      assert.ok(answer.status < 300, JSON.stringify(answer));
      ({ body } = answer);
      return true;
    });
    return body;
  }

  /** The process of the instance that leads, as one of them says. */
  async leader(): Promise<number> {
    let pid: number | undefined;
    await waitFor('a leader is known', async () => {
      for (const instance of [0, 1, 2]) {
        const health = await fetch(`http://127.0.0.1:${this.base + instance}/health`, { signal: AbortSignal.timeout(askMs) })
          .then((answer) => answer.json() as Promise<{ readonly leader: { readonly url: string } | null }>)
          .catch(() => undefined);
        const port = health?.leader?.url.split(':').at(-1);
        if (port !== undefined) pid = this.#pids.get(Number(port) - this.base);
        if (pid !== undefined) return true;
      }
      return false;
    });
    return pid ?? assert.fail('it has a process');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#main, 'exit');
    for (const pid of this.#pids.values()) ended(() => process.kill(pid, 'SIGCONT'));
    this.#main.kill('SIGTERM');
    await exit;
  }
}

/** What is gone already need not be told. */
function ended(tell: () => void): void {
  try {
    tell();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Offsets differ from run to run, and the lease is that of the test. */
function settled(answer: string): string {
  return answer.replaceAll(/"(id|token|leaseMs)":\d+/g, '"$1":N');
}

test('the commands of the job queue do what its page shows, and a job that was not finished in time is handed out again', async () => {
  await using queue = await JobQueue.start(2500);
  const ids = new Map<string, string>();
  for (const step of stepsOf(readFileSync(join(folder, 'README.md'), 'utf8'))) {
    if (step.kind !== 'type') continue;
    assert.equal(step.commands.length, step.expected.length);
    for (const [index, command] of step.commands.entries()) {
      const expected = step.expected[index] ?? '';
      const here = command
        .replaceAll(/localhost:70(1\d)/g, (_, port) => `127.0.0.1:${queue.base + Number(port)}`)
        .replace(/jobs\/(\d+)/, (_, id: string) => `jobs/${ids.get(id)}`);
      await waitFor(`${command} → ${expected}`, async () => {
        const { stdout } = await run('sh', ['-c', here.replace('curl', 'curl -s')]);
        const [id, said] = [expected, stdout].map((text) => /"id":(\d+)/.exec(text)?.[1]);
        if (id !== undefined && said !== undefined && !ids.has(id)) ids.set(id, said);
        if (settled(stdout.trim()) === settled(expected) && (id === undefined || ids.get(id) === said)) return true;
        // Only reads may lag.
        return command.includes('POST') && assert.fail(`${command} → ${stdout}`);
      });
    }
  }
  const [done = '', taken = ''] = ids.values();
  assert.equal((await queue.ask(1, 'POST', '/jobs/next')).status, 204);
  assert.deepEqual(await queue.ask(2, 'POST', `/jobs/${done}/done`), { status: 200, body: { done: true } });
  await waitFor('it is handed out again', async () => (await queue.ask(0, 'POST', '/jobs/next')).body['id'] === Number(taken));
  const wrong = [
    await queue.ask(0, 'POST', '/jobs', { body: '{"mail":' }),
    await queue.ask(1, 'POST', '/jobs', { body: '{"mail":19}', key: 'mail-17' }),
    await queue.ask(2, 'POST', '/jobs/999/done'),
    await queue.ask(0, 'GET', '/jobs/next'),
  ];
  assert.deepEqual(
    wrong.map(({ status, body }) => [status, body['outcome']]),
    [400, 422, 404, 404].map((status) => [status, 'rejected']),
  );
});

test('while leaders are killed and frozen, no job is lost or handed out twice within its lease, and each is done', onlyLong, async (t) => {
  const [leaseMs, frozenMs, jobCount, workerCount] = [5000, 4000, 400, 6];
  await using queue = await JobQueue.start(leaseMs);
  const added = new Set<number>();
  const doneAt = new Map<number, number>();
  const handedOut = new Map<number, { readonly askedAt: number; readonly heardAt: number }[]>();
  let [isOver, isAllAdded, again] = [false, false, 0];

  const add = async (n: number): Promise<void> => {
    const { id } = await queue.insist('/jobs', { body: `{"n":${n}}`, key: `job-${n}` });
    added.add(Number(id));
  };
  const addRest = async (): Promise<void> => {
    while (added.size < jobCount) await add(added.size);
    isAllAdded = true;
  };
  const work = async (worker: number): Promise<void> => {
    // Some wait for a leader that is frozen, while the others turn to its successor.
    const timeoutMs = worker < 2 ? askMs : 500;
    for (let turn = worker; !isOver; turn += 1) {
      const askedAt = performance.now();
      const answer = await queue.ask(turn % 3, 'POST', '/jobs/next', { timeoutMs }).catch(() => undefined);
      const heardAt = performance.now();
      // Its time is up already, or there is nothing to do.
      if (answer?.status !== 200 || heardAt - askedAt >= leaseMs) {
        if (answer?.status !== 200) await pause(20);
        continue;
      }
      const id = Number(answer.body['id']);
      const earlier = handedOut.get(id) ?? [];
      const last = earlier.at(-1);
      again += earlier.length > 0 ? 1 : 0;
      assert.ok(last === undefined || heardAt - last.askedAt >= leaseMs, `job ${id} was handed out twice within its lease`);
      assert.ok((doneAt.get(id) ?? Infinity) > askedAt, `job ${id} was handed out after it was done`);
      handedOut.set(id, [...earlier, { askedAt, heardAt }]);
      // Some workers end before they have finished.
      if ((id + earlier.length) % 5 === 0) continue;
      await queue.insist(`/jobs/${id}/done`);
      if (!doneAt.has(id)) doneAt.set(id, performance.now());
    }
  };
  let strikes = 0;
  const strike = async (): Promise<void> => {
    for (; !isOver && (!isAllAdded || doneAt.size < jobCount); strikes += 1) {
      const done = doneAt.size;
      await waitFor('work goes on', () => doneAt.size >= Math.min(done + 40, jobCount));
      const pid = await queue.leader();
      if (strikes % 2 === 0) ended(() => process.kill(pid, 'SIGKILL'));
      else {
        // Longer than the others wait for it: when it goes on, another one leads.
        ended(() => process.kill(pid, 'SIGSTOP'));
        await pause(frozenMs);
        ended(() => process.kill(pid, 'SIGCONT'));
      }
    }
    isOver = true;
  };
  // So that there is always something to hand out.
  await Promise.all(Array.from({ length: jobCount / 2 }, (_, n) => add(n)));
  const workers = Array.from({ length: workerCount }, (_, worker) => work(worker));
  try {
    await Promise.all([addRest(), strike(), ...workers]);
  } finally {
    isOver = true;
  }

  assert.equal(added.size, jobCount);
  assert.deepEqual(
    [...doneAt.keys()].toSorted((a, b) => a - b),
    [...added].toSorted((a, b) => a - b),
  );
  for (const instance of [0, 1, 2]) {
    let said: unknown;
    await waitFor(`instance ${instance} knows that all are done`, async () => {
      said = (await queue.ask(instance, 'GET', '/jobs').catch(() => undefined))?.body;
      return JSON.stringify(said) === JSON.stringify({ waiting: 0, taken: 0, done: jobCount, jobs: [] });
    });
  }
  t.diagnostic(`${strikes} leaders killed or frozen, ${again} jobs handed out again`);
  assert.ok(strikes >= 6 && again > 0);
});
