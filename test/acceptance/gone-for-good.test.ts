/** What docs/operations.md says to do when a node will never come back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { isReady, quickHealth, startThree, TestCluster } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

test('a master that is gone for good is replaced by a secondary, started as the master with its own folder', async () => {
  const { cluster, master, s1, s2 } = await startThree({ env: quickHealth });
  await using _ = cluster;
  await append(master, 'before');
  const before = await healthOf(master);
  await master.kill();
  master.wipe();
  await s1.stop();

  const heir = cluster.add({ kind: 'master', port: s1.spec.port, env: { ...quickHealth, SERVER_ID: 's1', DATA_DIR: s1.dataDir } });
  await heir.start();
  await isReady(heir);
  await waitFor('w=all would wait for the old master', async () => (await healthOf(heir)).waitingFor.includes('master'));
  const waiting = append(heir, 'after');
  const removed = await ask(heir, '/secondaries/master', { method: 'DELETE' });
  assert.deepEqual([removed.status, removed.json], [200, { id: 'master', removed: true }]);
  assert.deepEqual((await waiting).json['acks'], 2);

  assert.equal((await append(s2, 'through the other secondary', { w: 2 })).status, 201);
  assert.deepEqual(await messagesOf(s2), ['before', 'after', 'through the other secondary']);
  const { status, cluster: same, epoch } = await healthOf(heir);
  assert.deepEqual([status, same], ['healthy', before.cluster]);
  assert.ok(epoch > before.epoch);
});

test('of two nodes the dead one is removed without --force, and the other continues in the same cluster', onlyLong, async () => {
  await using cluster = new TestCluster();
  const port = await freePort();
  const master = cluster.add({ kind: 'master', port, env: quickHealth });
  const env = { SERVER_ID: 's1', MASTER_URL: `http://127.0.0.1:${port}`, ...quickHealth };
  const secondary = cluster.add({ kind: 'secondary', port: await freePort(), env });
  await master.start();
  await secondary.start();
  await waitFor('it is a member', async () => (await healthOf(master)).members.filter(({ state }) => state === 'member').length === 2);
  await append(master, 'before');
  const before = await healthOf(master);
  await secondary.kill();
  await waitFor('the majority is gone', async () => (await healthOf(master)).status === 'read-only');
  assert.equal((await ask(master, '/secondaries/s1', { method: 'DELETE' })).status, 200);
  assert.deepEqual((await append(master, 'alone')).json['acks'], 1);
  const after = await healthOf(master);
  assert.deepEqual([after.status, after.cluster, after.epoch], ['healthy', before.cluster, before.epoch]);
});
