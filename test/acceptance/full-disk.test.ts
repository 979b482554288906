/** A disk that is full, for real: a small file system in memory, where mounting one is allowed. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { TestCluster, freePort, isReady } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';

/** A folder of 4 MiB, unmounted when it is disposed of; `undefined` where that is not allowed. */
function smallDisk(folder: string): ({ readonly fill: () => void; readonly free: () => void } & Disposable) | undefined {
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const filler = join(folder, 'filler');
  return {
    fill: () => {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(filler),
    [Symbol.dispose]: () => {
      execFileSync('umount', ['--lazy', folder]);
    },
  };
}

test('a full disk refuses appends with 507 and stores nothing; reads go on, also after a restart, and appends when there is room', async (t) => {
  await using cluster = new TestCluster();
  const dataDir = join(cluster.folder, 'small');
  using disk = smallDisk(dataDir);
  if (disk === undefined) return t.skip('mounting a file system is not allowed here');
  const node = cluster.add({ kind: 'master', port: await freePort(), env: { DATA_DIR: dataDir, LOG_FILE: '' } });
  await node.start();
  await isReady(node);
  assert.equal((await append(node, 'before')).status, 201);
  disk.fill();
  // What lies in the last block of the log already is room too.
  await waitFor('the disk is full', async () => (await append(node, 'x'.repeat(100_000))).status === 507);
  const refused = await append(node, 'y'.repeat(100_000));
  assert.deepEqual([refused.status, refused.json['code'], refused.json['outcome']], [507, 'no-room', 'rejected']);
  assert.deepEqual(await messagesOf(node), ['before']);

  await node.stop();
  await node.start();
  assert.deepEqual(await messagesOf(node), ['before'], 'a node whose disk is full starts, and serves what it has');
  // The first batch of its epoch may still fit; a message of this size does not.
  const afterRestart = await append(node, 'z'.repeat(100_000), { timeoutMs: 2000 });
  assert.deepEqual([afterRestart.status, afterRestart.json['code']], [507, 'no-room']);

  disk.free();
  await waitFor('appends are taken again', async () => (await append(node, 'after')).status === 201);
  assert.deepEqual(await messagesOf(node), ['before', 'after']);
});

test('a master that has no room to begin its epoch says so at once, and leads when there is room', async (t) => {
  await using cluster = new TestCluster();
  const dataDir = join(cluster.folder, 'small');
  using disk = smallDisk(dataDir);
  if (disk === undefined) return t.skip('mounting a file system is not allowed here');
  // Segments of the smallest size: the first batch of an epoch needs a new file sooner or later.
  const node = cluster.add({ kind: 'master', port: await freePort(), env: { DATA_DIR: dataDir, LOG_FILE: '', SEGMENT_BYTES_MAX: '1KiB' } });
  await node.start();
  await isReady(node);
  assert.equal((await append(node, 'm'.repeat(900))).status, 201);
  disk.fill();
  await node.kill();
  await node.start();
  await waitFor('it knows', async () => (await ask(node, '/ready')).json['code'] === 'no-room');
  const refused = await append(node, 'at once', { timeoutMs: 60_000 });
  assert.deepEqual([refused.status, refused.json['code'], refused.json['outcome']], [507, 'no-room', 'rejected']);
  assert.equal((await messagesOf(node)).length, 1);
  const { epoch } = await healthOf(node);
  disk.free();
  await isReady(node);
  assert.ok((await healthOf(node)).epoch <= epoch + 2, 'it did not campaign while there was no room');
});
