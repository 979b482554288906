/** The benchmark itself: one scenario at its smallest size, and that nothing is left of it, also after Ctrl-C. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cleanEnvironment, repository } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

interface Bench extends Disposable {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly exited: Promise<number | null>;
  readonly output: () => string;
}

function bench(...args: string[]): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'rlog-bench-test-'));
  const child = spawn(process.execPath, [join(repository, 'bench/main.ts'), ...args], {
    env: { ...cleanEnvironment(), TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    folder,
    exited,
    output: () => output,
    [Symbol.dispose]: () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What is left in the folder, except for Node's compile cache, and processes that run there. */
function leftIn(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => name.startsWith('rlog-bench-'));
  const processes = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && workingFolder(pid).startsWith(folder));
  return [...files, ...processes.map((pid) => `process ${pid}`)];
}

function workingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}

test('a scenario is measured, checked and reported, and nothing is left of it', onlyLong, async () => {
  using run = bench('--quick', '--only', 'large', '--json', join(tmpdir(), `rlog-bench-${process.pid}.json`));
  assert.equal(await run.exited, 0, run.output());
  assert.match(run.output(), /goal 6, batches of 1 KiB messages: of what the machine can replicate/);
  const path = join(tmpdir(), `rlog-bench-${process.pid}.json`);
  const { measurements } = JSON.parse(readFileSync(path, 'utf8')) as { measurements: { system: string; values: Record<string, number> }[] };
  rmSync(path);
  assert.ok(measurements.every(({ values }) => (values['megabytesPerSecond'] ?? 0) > 0));
  assert.deepEqual(leftIn(run.folder), []);
});

test('Ctrl-C ends the benchmark and everything that it started', onlyLong, async () => {
  using run = bench('--only', 'large');
  await waitFor('its nodes run', () => leftIn(run.folder).length > 3);
  run.child.kill('SIGINT');
  assert.equal(await run.exited, 130);
  // Killed processes exist until the system has removed them.
  await waitFor('nothing is left', () => leftIn(run.folder).length === 0);
});
