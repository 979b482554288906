/** Nodes that join, leave, and are mistaken for others. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { TestCluster, isReady, quickHealth, startThree } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

async function memberCount(node: TestNode): Promise<number> {
  return (await healthOf(node)).members.filter((member) => member.state === 'member').length;
}

test(
  'a secondary that was started before its master registers when the master comes; a restarted master still knows it',
  onlyLong,
  async () => {
    await using cluster = new TestCluster();
    const port = await freePort();
    const secondary = cluster.add({ kind: 'secondary', port: await freePort(), env: { MASTER_URL: `http://127.0.0.1:${port}` } });
    const master = cluster.add({ kind: 'master', port });
    await secondary.start();
    await master.start();
    await waitFor('it is a member', async () => (await memberCount(master)) === 2);
    assert.equal((await append(master, 'one')).json['acks'], 2);
    await master.kill();
    await master.start();
    await isReady(master);
    assert.equal(await memberCount(master), 2);
    assert.equal((await append(master, 'two')).json['acks'], 2);
    assert.deepEqual(await messagesOf(secondary), ['one', 'two']);
  },
);

test('a third secondary joins a log of 100,000 messages under load, and hardly slows appends down', onlyLong, async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  for (let part = 0; part < 10; part += 1) {
    const messages = Array.from({ length: 10_000 }, (_unused, n) => `message ${part * 10_000 + n} `.padEnd(100, '.'));
    const answer = await ask(master, '/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ messages }),
    });
    assert.equal(answer.status, 201);
  }
  /** The p90: other load on the machine affects the slowest ones. */
  const slowTime = async (count: number): Promise<number> => {
    const times: number[] = [];
    for (let n = 0; n < count; n += 1) {
      const begunAt = performance.now();
      assert.equal((await append(master, `live ${n}`, { w: 2 })).status, 201);
      times.push(performance.now() - begunAt);
    }
    return times.toSorted((a, b) => a - b)[Math.floor(count * 0.9)] ?? Number.NaN;
  };
  const without = await slowTime(1000);
  const late = cluster.add({ kind: 'secondary', port: await freePort(), env: { SERVER_ID: 's3', MASTER_URL: master.url } });
  late.spawn();
  const withJoin = await slowTime(1000);
  await waitFor('it is a member', async () => (await memberCount(master)) === 4);
  assert.ok(withJoin <= 2 * without + 50, `nine of ten appends within ${withJoin} ms with the join, ${without} ms without`);
  await waitFor('it has all', async () => (await healthOf(late)).ends.durableEnd === 102_000);
  assert.deepEqual(await messagesOf(late, '?from=100000&limit=2'), await messagesOf(s1, '?from=100000&limit=2'));
  assert.equal((await append(master, 'to all four')).json['acks'], 4);
  assert.equal((await healthOf(s2)).ends.durableEnd, 102_001);
});

test('removing a dead member releases the appends that waited only for it, and it stays out until it is registered by hand', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  await append(master, 'one');
  await s2.kill();
  const waiting = append(master, 'two');
  await waitFor('it is on its way', async () => (await healthOf(s1)).ends.durableEnd === 2);
  const removed = await ask(master, '/secondaries/s2', { method: 'DELETE' });
  assert.deepEqual([removed.status, removed.json], [200, { id: 's2', removed: true }]);
  assert.equal((await waiting).status, 201);
  assert.equal((await ask(master, '/secondaries/nobody', { method: 'DELETE' })).status, 404);
  assert.equal((await ask(master, '/secondaries/master', { method: 'DELETE' })).json['code'], 'leader-fixed');

  await s2.start();
  await waitFor('it is told that it was removed', () => s2.events('membership.refused').some((line) => line['reason'] === 'removed'));
  assert.equal(await memberCount(master), 2);
  // Registered by hand, through a follower, it becomes a member again.
  const back = await ask(s1, '/secondaries', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: s2.url }),
  });
  assert.equal(back.status, 201, back.text);
  await waitFor('it is a member again', async () => (await memberCount(master)) === 3);
  assert.equal((await append(master, 'three')).json['acks'], 3);
  assert.deepEqual(await messagesOf(s2), ['one', 'two', 'three']);

  // That registration does not protect it from a second removal.
  const refusals = s2.events('membership.refused').length;
  assert.equal((await ask(master, '/secondaries/s2', { method: 'DELETE' })).status, 200);
  await waitFor('it is refused', () => s2.events('membership.refused').length === refusals + 1);
  await s2.kill();
  await s2.start();
  await waitFor('it is refused again', () => s2.events('membership.refused').length === refusals + 2);
  assert.equal(await memberCount(master), 2);
});

test('a node with the name of a running node is refused, and both nodes log it', onlyLong, async () => {
  const { cluster, master } = await startThree();
  await using _ = cluster;
  await append(master, 'one');
  const impostor = cluster.add({
    kind: 'secondary',
    port: await freePort(),
    env: { SERVER_ID: 's1', DATA_DIR: `${cluster.folder}/impostor`, MASTER_URL: master.url },
  });
  await impostor.start();
  await waitFor('the master says so', () => master.events('id.taken').length > 0);
  await waitFor('the impostor says so', () => impostor.output.includes('id-taken'));
  const refused = await ask(master, '/secondaries', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: impostor.url }),
  });
  assert.equal(refused.status, 409);
  assert.equal(refused.json['code'], 'id-taken');
  assert.equal(await memberCount(master), 3);
  assert.equal((await append(master, 'two')).json['acks'], 3);
});

test('a second master that reaches no majority does not depose the first', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree();
  await using _ = cluster;
  await append(master, 'one');
  const second = cluster.add({
    kind: 'master',
    port: await freePort(),
    env: { SERVER_ID: 'second', SECONDARIES: s1.url, NEW_CLUSTER: 'never' },
  });
  await second.start();
  await waitFor('it waits for others', async () => (await healthOf(second)).waitingFor.length > 0);
  await waitFor('the master leads on', async () => (await append(master, 'two', { key: 'two' })).status === 201);
  assert.equal((await healthOf(second)).role, 'candidate');
  assert.deepEqual(await messagesOf(s1), ['one', 'two']);
});

test('of two masters that reach a majority one leads in the end: no message is lost or stored twice, and the other says who deposed it', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  for (const message of ['one', 'two', 'three']) await append(master, message);
  let isOver = false;
  const writer = (async () => {
    const acknowledged: string[] = [];
    for (let n = 0; !isOver; n += 1) {
      const node = [s1, s2][n % 2] ?? s1;
      const answer = await append(node, `live ${n}`, { w: 'majority', key: `live ${n}`, timeoutMs: 3000 });
      if (answer.status === 201) acknowledged.push(`live ${n}`);
    }
    return acknowledged;
  })();
  // What the test waits for in vain says more than an append that was cut off at its end.
  writer.catch(() => undefined);
  const second = cluster.add({
    kind: 'master',
    port: await freePort(),
    env: { SERVER_ID: 'second', SECONDARIES: `${s1.url},${s2.url}` },
  });
  await second.start();
  // The second one takes over, unless the first one is slow to hear of it: who only heard a promise tries to lead again.
  let leader: TestNode | undefined;
  await waitFor('one was deposed by the other, and stays so', async () => {
    const [first, other] = [await healthOf(master), await healthOf(second)];
    if (other.role === 'leader' && first.deposedBy?.id === 'second') leader = second;
    if (first.role === 'leader' && other.deposedBy?.id === 'master') leader = master;
    return leader !== undefined;
  });
  assert.ok(leader !== undefined);
  await waitFor('appends go on', async () => (await append(s1, 'after', { w: 'majority', key: 'after', timeoutMs: 2000 })).status === 201);
  isOver = true;
  const acknowledged = await writer;
  const deposed = leader === second ? master : second;
  assert.deepEqual([(await healthOf(leader)).role, (await healthOf(deposed)).role], ['leader', 'follower']);
  const all = (await messagesOf(leader)) as string[];
  assert.equal(new Set(all).size, all.length, 'nothing is stored twice');
  for (const message of ['one', 'two', 'three', 'after', ...acknowledged]) assert.ok(all.includes(message), `${message} is there`);
  // The first one names no second, and feeds none.
  for (const node of leader === second ? [s1, s2, master] : [s1, s2]) {
    await waitFor(`${node.id} has all`, async () => (await messagesOf(node)).length === all.length);
    assert.deepEqual(await messagesOf(node), all);
  }
  // Started again, the configured master leads again.
  await second.kill();
  await master.kill();
  await master.start();
  await waitFor('the first one leads again', async () => (await healthOf(master)).role === 'leader');
});

test('appends that wait at a master that cannot lead go to the one that becomes the leader, which is not deposed', onlyLong, async () => {
  await using cluster = new TestCluster();
  const nobody = `http://127.0.0.1:${await freePort()},http://127.0.0.1:${await freePort()}`;
  const loser = cluster.add({ kind: 'master', port: await freePort(), env: { SERVER_ID: 'loser', SECONDARIES: nobody } });
  await loser.start();
  // A plain append takes the short way through the server, other forms take the long way.
  const waiting = [
    append(loser, 'short', { w: 'majority', timeoutMs: 20_000 }),
    ask(loser, '/messages?w=majority', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'long' }),
  ];
  const other = cluster.add({ kind: 'master', port: await freePort(), env: { SERVER_ID: 'other', SECONDARIES: loser.url } });
  await other.start();
  const answers = await Promise.all(waiting);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 201],
  );
  assert.deepEqual((await messagesOf(other)).toSorted(), ['long', 'short']);
  const { role, leader } = await healthOf(loser);
  assert.deepEqual([role, leader?.id], ['follower', 'other']);
  assert.equal((await healthOf(other)).deposedBy, null);
});

test('of two nodes the one that is left begins a new cluster with force=true, but only without a majority', onlyLong, async () => {
  await using cluster = new TestCluster();
  const port = await freePort();
  const master = cluster.add({ kind: 'master', port, env: quickHealth });
  const secondary = cluster.add({
    kind: 'secondary',
    port: await freePort(),
    env: { SERVER_ID: 's1', MASTER_URL: `http://127.0.0.1:${port}`, ...quickHealth },
  });
  await master.start();
  await secondary.start();
  await waitFor('it is a member', async () => (await memberCount(master)) === 2);
  await append(master, 'one');
  assert.equal((await ask(master, '/secondaries/s1?force=true', { method: 'DELETE' })).json['code'], 'quorum-present');
  await secondary.kill();
  await waitFor('the majority is gone', async () => (await healthOf(master)).status === 'read-only');
  const { cluster: before } = await healthOf(master);
  const forced = await ask(master, '/secondaries/s1?force=true', { method: 'DELETE' });
  assert.equal(forced.status, 200);
  assert.notEqual(forced.json['cluster'], before);
  await isReady(master);
  assert.deepEqual((await append(master, 'two')).json['acks'], 1);
  assert.deepEqual(await messagesOf(master), ['one', 'two']);

  // The old member has a log of the old cluster: it is refused, and keeps its files.
  await secondary.start();
  await waitFor('the master names both clusters', () => master.events('cluster.other').length > 0);
  assert.deepEqual(await messagesOf(secondary), ['one']);
});

test('a cluster without messages yields to a node that has a log', onlyLong, async () => {
  await using cluster = new TestCluster();
  const port = await freePort();
  const master = cluster.add({ kind: 'master', port });
  const secondary = cluster.add({
    kind: 'secondary',
    port: await freePort(),
    env: { SERVER_ID: 's1', MASTER_URL: `http://127.0.0.1:${port}` },
  });
  await master.start();
  await secondary.start();
  await waitFor('it is a member', async () => (await memberCount(master)) === 2);
  await append(master, 'remembered');
  const { cluster: before } = await healthOf(master);
  await master.kill();
  master.wipe();
  await master.start();
  await waitFor('the master has it again', async () => (await messagesOf(master)).length === 1);
  assert.equal((await healthOf(master)).cluster, before);
  await waitFor(
    'both are members',
    async () => (await memberCount(master)) === 2 && (await append(master, 'and on', { key: 'on', timeoutMs: 1000 })).status === 201,
  );
});
