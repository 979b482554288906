/** Nodes that die and come back, with their storage, with an empty folder, or without one. None of eight public implementations passes this. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, healthOf, messagesOf } from '../support/api.ts';
import { TestCluster, isReady, quickHealth, startThree } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

/** Appends three messages at w=3. @returns all messages, including earlier ones */
async function appendThree({ master }: ThreeNodes): Promise<unknown[]> {
  for (const message of ['one', 'two', 'three']) assert.equal((await append(master, message, { w: 3 })).status, 201);
  return messagesOf(master);
}

/** Checks that all nodes have everything, that offsets continue, and that a w=3 append is on all three when it is answered. */
async function goesOn({ master, s1, s2 }: ThreeNodes, before: readonly unknown[]): Promise<void> {
  await isReady(master);
  const next = await append(master, 'and on', { w: 3 });
  assert.equal(next.status, 201, next.text);
  assert.deepEqual([next.json['offset'], next.json['acks']], [before.length, 3]);
  for (const node of [master, s1, s2]) assert.deepEqual(await messagesOf(node), [...before, 'and on'], node.id);
}

async function isKilledAndRestarted(nodes: ThreeNodes, victim: 's1' | 'master', isEmptied: boolean): Promise<void> {
  const before = await appendThree(nodes);
  const node = nodes[victim];
  await node.kill();
  if (isEmptied) node.wipe();
  await node.start();
  await waitFor(`${victim} has all again`, async () => (await messagesOf(node)).length === before.length);
  await goesOn(nodes, before);
}

test('nodes that are killed and restarted, with their folders kept or emptied, lose nothing, and offsets continue', async (t) => {
  const nodes = await startThree();
  await using _ = nodes.cluster;
  for (const victim of ['s1', 'master'] as const) {
    await t.test(`${victim}, its folder kept`, () => isKilledAndRestarted(nodes, victim, false));
    await t.test(`${victim}, its folder emptied`, () => isKilledAndRestarted(nodes, victim, true));
  }
});

for (const [victim, options] of [
  ['s1', onlyLong],
  ['master', {}],
] as const) {
  test(`${victim}, with its log in memory, is killed and restarted: nothing is lost, and offsets continue`, options, async () => {
    const nodes = await startThree({ memory: [victim] });
    await using _ = nodes.cluster;
    await isKilledAndRestarted(nodes, victim, false);
  });
}

test('all three are killed at once and restarted: nothing acknowledged is lost', onlyLong, async () => {
  const nodes = await startThree();
  await using _ = nodes.cluster;
  const before = await appendThree(nodes);
  for (const node of nodes.cluster.nodes) node.signal('SIGKILL');
  for (const node of nodes.cluster.nodes) await node.exited();
  for (const node of nodes.cluster.nodes) node.spawn();
  for (const node of nodes.cluster.nodes) await node.serves();
  await goesOn(nodes, before);
});

test('a master that lost its folder gets everything back from its followers, also what only one of them has', onlyLong, async () => {
  const nodes = await startThree();
  await using _ = nodes.cluster;
  const { master, s1, s2 } = nodes;
  const before = await appendThree(nodes);
  await s2.kill();
  assert.equal((await append(master, 'on two', { w: 2 })).status, 201);
  await master.kill();
  master.wipe();
  await s2.start();
  await master.start();
  await isReady(master);
  for (const node of [master, s1, s2]) {
    await waitFor(`${node.id} has all`, async () => (await messagesOf(node)).length === 4);
    assert.deepEqual(await messagesOf(node), [...before, 'on two']);
  }
});

test(
  'an in-memory cluster of which two nodes are restarted at once continues with the log of the third, also if that is the master',
  onlyLong,
  async () => {
    const nodes = await startThree({ memory: ['master', 's1', 's2'], env: quickHealth });
    await using _ = nodes.cluster;
    const { master, s1, s2 } = nodes;
    const before = await appendThree(nodes);
    await master.kill();
    await s1.kill();
    await s1.start();
    await master.start();
    await goesOn(nodes, before);
    assert.equal(master.events('recovery.with-little-memory').length, 1);
    // The master keeps running, and adds both again.
    await s1.kill();
    await s2.kill();
    await s1.start();
    await s2.start();
    await waitFor('it finds that it can commit nothing more', () => master.events('epoch.given-up').length === 1);
    await waitFor('all members are healthy', async () => (await healthOf(master)).status === 'healthy');
    await goesOn(nodes, await messagesOf(master));
  },
);

test('after kill -9 a node starts again at once in its folder; a second one in a folder in use does not, and names the holder', async () => {
  await using cluster = new TestCluster();
  const first = cluster.add({ kind: 'master', port: await freePort(), env: { DATA_DIR: `${cluster.folder}/shared` } });
  await first.start();
  await first.kill();
  await first.start();
  const second = cluster.add({ kind: 'master', port: await freePort(), env: { DATA_DIR: `${cluster.folder}/shared` } });
  second.spawn();
  assert.equal((await second.exited()).code, 1);
  assert.match(second.output, new RegExp(`in use by node "master" \\(pid ${first.pid}, http://127.0.0.1:${first.spec.port}`));
  assert.equal((await healthOf(first)).role, 'leader');
});

test('a node refuses the folder of another node, and names both', onlyLong, async () => {
  await using cluster = new TestCluster();
  const port = await freePort();
  const env = { DATA_DIR: `${cluster.folder}/mine` };
  const first = cluster.add({ kind: 'master', port, env: { ...env, SERVER_ID: 'anna' } });
  await first.start();
  await isReady(first);
  await first.stop();
  const second = cluster.add({ kind: 'master', port, env: { ...env, SERVER_ID: 'berta' } });
  second.spawn();
  assert.equal((await second.exited()).code, 1);
  assert.match(second.output, /belongs to node "anna", and this is "berta"/);
});
