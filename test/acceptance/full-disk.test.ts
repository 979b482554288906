/** A disk that is really full: a small file system in memory, where mounting one is allowed. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { append, ask, exchange, healthOf, messagesOf } from '../support/api.ts';
import { TestCluster, isReady } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

test('with a full disk appends are refused with 507 and nothing is stored; reads work, also after a restart, and appends do once there is room', async (t) => {
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
  // The rest of the log's last block is room, too.
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

test('a master without room to begin its epoch says so at once, and leads once there is room', onlyLong, async (t) => {
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

test(
  'a node that runs out of files, descriptors or file size refuses what it cannot store, and continues by itself',
  onlyLong,
  async (t) => {
    await using cluster = new TestCluster();
    const dataDir = join(cluster.folder, 'small');
    const disk = SmallDisk.mount(dataDir, 4, { files: 40 });
    if (typeof disk === 'string') return t.skip(disk);
    using _ = disk;
    const node = cluster.add({ kind: 'master', port: await freePort(), env: { DATA_DIR: dataDir, SEGMENT_BYTES_MAX: '1KiB' } });
    await node.start();
    await isReady(node);
    // One connection for all requests, because accepting another one takes a descriptor.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const say = async (path: string, message?: string): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> => {
      const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message }) };
      const { status, text } = await exchange(new URL(path, node.url), { agent, ...(message === undefined ? {} : post) });
      return { status, json: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text } };
    };
    // Each of these needs a segment of its own.
    const message = 'm'.repeat(900);
    const isRefused = async (lacks: string): Promise<void> => {
      const { status, json } = await say('/messages', message);
      assert.deepEqual([status, json['code'], json['outcome'], json['lacks']], [507, 'no-room', 'rejected', lacks]);
      const ready = await say('/ready');
      assert.deepEqual([ready.status, ready.json['code'], ready.json['lacks']], [503, 'no-room', lacks]);
      assert.match(String((await say('/metrics')).json['text']), /^rlog_is_writable 0$/m);
      const { message_count: count } = (await say('/health')).json;
      assert.equal((await say(`/messages?from=${Number(count) - 1}`)).status, 200);
    };
    const goesOn = (): Promise<void> => waitFor('appends are taken again', async () => (await say('/messages', message)).status === 201);

    await goesOn();
    disk.fillFiles();
    await waitFor('no file can be made', async () => (await say('/messages', message)).status === 507);
    await isRefused('disk space');
    await node.stop();
    await node.start();
    assert.ok((await messagesOf(node)).length >= 1, 'a node whose disk has no files left starts, and serves what it has');
    await waitFor('it notices the shortage', async () => (await say('/messages', message)).status === 507);
    disk.free();
    await goesOn();

    if (!limit(node.pid, 'nofile', '3')) return t.diagnostic('no prlimit: descriptors and file size were not tried');
    await waitFor('no file can be opened', async () => (await say('/messages', message)).status === 507);
    await isRefused('file descriptors');
    limit(node.pid, 'nofile', '1024');
    await goesOn();

    limit(node.pid, 'fsize', '800');
    await waitFor('a file may not be so large', async () => (await say('/messages', message)).status === 507);
    await waitFor('smaller ones are taken', async () => (await say('/messages', 's'.repeat(100))).status === 201);
    limit(node.pid, 'fsize', 'unlimited');
    await goesOn();
    assert.ok(node.isRunning);
    agent.destroy();
  },
);

/** Sets the soft limit of a running process. @returns whether this system can do that */
function limit(pid: number, name: 'fsize' | 'nofile', value: string): boolean {
  return spawnSync('prlimit', ['--pid', String(pid), `--${name}=${value}:`]).status === 0;
}
