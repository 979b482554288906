/** The assignment's own checks, iteration by iteration. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, healthOf, memberHealth, messagesOf } from '../support/api.ts';
import { isReady, startThree, threeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly ms: number }> {
  const begunAt = performance.now();
  const result = await work;
  return { result, ms: performance.now() - begunAt };
}

test('iteration 1: an append waits for every secondary, and ten sent together wait for one delay', async () => {
  const { cluster, master, s1, s2 } = await startThree({ delays: ['2.0', '1.5'] });
  await using _ = cluster;

  // The first answer is checked against a document that takes long to load; only what follows is timed.
  assert.deepEqual(await messagesOf(master), []);
  const first = timed(append(master, 'one'));
  // While it waits, the master does not show it; the secondary that has acknowledged it does, and the other does not.
  await waitFor('the faster secondary has it', async () => (await messagesOf(s2)).includes('one'));
  assert.deepEqual(await messagesOf(s1), []);
  assert.deepEqual(await messagesOf(master), []);
  const { result, ms } = await first;
  assert.equal(result.status, 201);
  assert.deepEqual(result.json, { offset: 0, w: 'all', acks: 3, epoch: 1 });
  assert.ok(ms >= 2000 && ms < 2600, `took ${ms} ms`);
  for (const node of [master, s1, s2]) assert.deepEqual(await messagesOf(node), ['one']);

  const ten = await timed(Promise.all(Array.from({ length: 10 }, (_unused, n) => append(master, `together ${n}`))));
  assert.ok(ten.result.every((answer) => answer.status === 201));
  assert.ok(ten.ms >= 2000 && ten.ms < 3000, `took ${ten.ms} ms`);
});

test('iteration 2: an append waits only for its own write concern, and all nodes have one order', async () => {
  const { cluster, master, s1, s2 } = await startThree({ delays: ['0', '3'] });
  await using _ = cluster;
  await append(master, 'before', { w: 3 });

  let isThirdAnswered = false;
  const [first, second] = [append(master, 'Msg1', { w: 1 }), append(master, 'Msg2', { w: 2 })];
  assert.equal((await first).status, 201);
  assert.equal((await second).status, 201);
  const third = append(master, 'Msg3', { w: 3 }).finally(() => {
    isThirdAnswered = true;
  });
  await waitFor('Msg3 is on its way', async () => (await healthOf(master)).ends.durableEnd === 4);
  assert.deepEqual(await messagesOf(master), ['before', 'Msg1', 'Msg2']);
  const fourth = await append(master, 'Msg4', { w: 1 });
  assert.equal(fourth.status, 201);
  assert.equal(isThirdAnswered, false, 'Msg4 is answered while Msg3 waits');
  assert.deepEqual(await messagesOf(master), ['before', 'Msg1', 'Msg2', 'Msg3', 'Msg4']);
  const onSlow = await messagesOf(s2);
  assert.deepEqual(onSlow, ['before', 'Msg1', 'Msg2', 'Msg3', 'Msg4'].slice(0, onSlow.length));

  assert.equal((await third).status, 201);
  const all = ['before', 'Msg1', 'Msg2', 'Msg3', 'Msg4'];
  for (const node of [master, s1, s2]) await waitFor(`${node.id} shows all`, async () => (await messagesOf(node)).length === all.length);
  for (const node of [master, s1, s2]) assert.deepEqual(await messagesOf(node), all);
});

test('iteration 3: a secondary that comes late gets everything in order, and the append that waited for it is answered', async () => {
  const { cluster, master, s1, s2 } = await threeNodes();
  await using _ = cluster;
  for (const node of [s1, master]) node.spawn();
  for (const node of [s1, master]) await node.serves();
  await isReady(master);

  assert.equal((await append(master, 'Msg1', { w: 1 })).status, 201);
  assert.equal((await append(master, 'Msg2', { w: 2 })).status, 201);
  let isThirdAnswered = false;
  const third = append(master, 'Msg3', { w: 3 }).finally(() => {
    isThirdAnswered = true;
  });
  await waitFor('Msg3 is on its way', async () => (await healthOf(master)).ends.durableEnd === 3);
  assert.equal((await append(master, 'Msg4', { w: 1 })).status, 201);
  assert.equal(isThirdAnswered, false);

  await s2.start();
  const all = ['Msg1', 'Msg2', 'Msg3', 'Msg4'];
  await waitFor('S2 has all', async () => (await messagesOf(s2)).length === 4, 2000);
  assert.deepEqual(await messagesOf(s2), all);
  assert.equal((await third).status, 201);
});

test('iteration 3: the same with a secondary that was suspended, whose health goes down and comes back', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  await append(master, 'Msg0', { w: 3 });
  await waitFor('S2 is healthy', async () => (await memberHealth(master, 's2')) === 'healthy');
  s2.signal('SIGSTOP');
  assert.equal((await append(master, 'Msg1', { w: 1 })).status, 201);
  assert.equal((await append(master, 'Msg2', { w: 2 })).status, 201);
  const third = append(master, 'Msg3', { w: 3 });
  await waitFor('S2 is suspected', async () => (await memberHealth(master, 's2')) === 'suspected');
  await waitFor('S2 is unhealthy', async () => (await memberHealth(master, 's2')) === 'unhealthy');
  assert.equal((await append(master, 'Msg4', { w: 1 })).status, 201);

  s2.signal('SIGCONT');
  const all = ['Msg0', 'Msg1', 'Msg2', 'Msg3', 'Msg4'];
  await waitFor('S2 has all', async () => (await messagesOf(s2)).length === all.length, 2000);
  assert.equal((await third).status, 201);
  for (const node of [master, s1, s2]) assert.deepEqual(await messagesOf(node), all);
  await waitFor('S2 is healthy again', async () => (await memberHealth(master, 's2')) === 'healthy');
  const told = master
    .events('health.changed')
    .filter((line) => line['member'] === 's2')
    .map((line) => line['health']);
  assert.deepEqual(told.slice(-3), ['suspected', 'unhealthy', 'healthy']);
});
