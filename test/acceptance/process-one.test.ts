/** Process 1 of a container reacts to signals from its beginning. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cleanEnvironment, rlogPath } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';

const unshare = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const reason = spawnSync('unshare', [...unshare, 'true']).status === 0 ? false : 'no process namespace can be made here';

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Whether the process catches SIGTERM yet: the shell does so only once its first line has run. */
function hearsSigterm(pid: number): boolean {
  try {
    const [, caught = '0'] = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return (BigInt(`0x${caught}`) & (1n << 14n)) !== 0n;
  } catch {
    return false;
  }
}

for (const [when, exitCode] of [
  ['while the shell looks for Node', 143],
  ['while Node starts', 143],
  ['when it serves', 0],
] as const) {
  test(`SIGTERM to process 1 ends it ${when}`, { skip: reason }, async () => {
    const port = await freePort();
    const namespace = spawn('unshare', [...unshare, rlogPath, 'master', '--memory'], {
      env: { ...cleanEnvironment(), MASTER_PORT: String(port), LOG_FILE: '' },
      stdio: 'ignore',
    });
    const exit = once(namespace, 'exit');
    try {
      let first = 0;
      await waitFor('process 1 is the program', () => {
        [first = 0] = childrenOf(namespace.pid ?? 0);
        return programOf(first).startsWith('/bin/sh') && hearsSigterm(first);
      });
      if (when === 'while Node starts') await waitFor('it does', () => childrenOf(first).some((pid) => /main\.[jt]s/.test(programOf(pid))));
      if (when === 'when it serves') {
        await waitFor('it does', () =>
          fetch(`http://127.0.0.1:${port}/ready`).then(
            ({ ok }) => ok,
            () => false,
          ),
        );
      }
      process.kill(first, 'SIGTERM');
      await waitFor('it ended', () => namespace.exitCode !== null || namespace.signalCode !== null);
      assert.deepEqual(await exit, [exitCode, null]);
    } finally {
      namespace.kill('SIGKILL');
    }
  });
}
