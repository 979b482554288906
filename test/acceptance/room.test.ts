/** A log that does not grow for ever, on disks that are really small: file systems in memory, where mounting one is allowed. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { append, ask } from '../support/api.ts';
import { TestCluster, isReady } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const message = 'x'.repeat(60_000);

test('a disk that is full of entries is freed by a trim, without anybody’s help', onlyLong, async (t) => {
  await using cluster = new TestCluster();
  const dataDir = join(cluster.folder, 'small');
  const disk = SmallDisk.mount(dataDir, 8);
  if (typeof disk === 'string') return t.skip(disk);
  using _ = disk;
  const env = { DATA_DIR: dataDir, LOG_FILE: '', SEGMENT_BYTES_MAX: '512KiB' };
  const node = cluster.add({ kind: 'master', port: await freePort(), env });
  await node.start();
  await isReady(node);
  let stored = 0;
  await waitFor('the disk is full', async () => {
    const { status } = await append(node, message);
    if (status === 201) stored += 1;
    return status === 507;
  });
  assert.ok(stored > 20);
  const before = Math.floor(stored * 0.8);
  const trimmed = await ask(node, `/messages?before=${before}`, { method: 'DELETE' });
  assert.deepEqual([trimmed.status, trimmed.json['firstOffset']], [200, before]);
  await waitFor('appends are taken again', async () => (await append(node, 'after')).status === 201);
  assert.ok(readdirSync(dataDir).some((name) => name.endsWith('.checkpoint')));

  await node.kill();
  await node.start();
  await isReady(node);
  const gone = await ask(node, `/messages?from=${before - 1}`);
  assert.deepEqual([gone.status, gone.json['code'], gone.json['firstOffset']], [410, 'trimmed', before]);
  assert.equal((await ask(node, `/messages?from=${before}`)).status, 200);
});

test('with a retention by bytes a small disk never fills', onlyLong, async (t) => {
  await using cluster = new TestCluster();
  const dataDir = join(cluster.folder, 'small');
  const disk = SmallDisk.mount(dataDir, 8);
  if (typeof disk === 'string') return t.skip(disk);
  using _ = disk;
  const env = { DATA_DIR: dataDir, LOG_FILE: '', SEGMENT_BYTES_MAX: '256KiB', RETENTION_BYTES_MAX: '2MiB' };
  const node = cluster.add({ kind: 'master', port: await freePort(), env });
  await node.start();
  await isReady(node);
  let stored = 0;
  // Twice the size of the disk, but never half of it in a second, which is how often the leader looks.
  const part = message.slice(0, 20_000);
  await waitFor(
    'two disks full are stored',
    async () => {
      const { status } = await append(node, part);
      assert.equal(status, 201);
      stored += 1;
      return stored * part.length > 16 * 1024 * 1024;
    },
    120_000,
  );
});
