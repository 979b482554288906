/** A disk that is full, for real: a small file system in memory, where mounting one is allowed. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { TestCluster, freePort, isReady } from '../support/nodes.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait.ts';

test('a full disk refuses appends with 507 and stores nothing; reads go on, also after a restart, and appends when there is room', async (t) => {
  await using cluster = new TestCluster();
  const dataDir = join(cluster.folder, 'small');
  const disk = SmallDisk.mount(dataDir, 4);
  if (typeof disk === 'string') return t.skip(disk);
  using _ = disk;
  const node = cluster.add({ kind: 'master', port: await freePort(), env: { DATA_DIR: dataDir, LOG_FILE: '' } });
  await node.start();
  await isReady(node);
  assert.equal((await append(node, 'before')).status, 201);
  disk.fill(0);
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
  const disk = SmallDisk.mount(dataDir, 4);
  if (typeof disk === 'string') return t.skip(disk);
  using _ = disk;
  // Segments of the smallest size: the first batch of an epoch needs a new file sooner or later.
  const node = cluster.add({ kind: 'master', port: await freePort(), env: { DATA_DIR: dataDir, LOG_FILE: '', SEGMENT_BYTES_MAX: '1KiB' } });
  await node.start();
  await isReady(node);
  assert.equal((await append(node, 'm'.repeat(900))).status, 201);
  disk.fill(0);
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
