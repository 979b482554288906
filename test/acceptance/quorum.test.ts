/** Without a majority: appends are refused with a true outcome, and reads work. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { quickHealth, startThree } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';

test('with both secondaries dead appends are refused at once, reads work, and one secondary is enough to continue', async () => {
  const { cluster, master, s1, s2 } = await startThree({ env: quickHealth });
  await using _ = cluster;
  await append(master, 'before');
  await s1.kill();
  await waitFor('health says that w=all would wait, and for whom', async () => (await healthOf(master)).status === 'degraded');
  const degraded = await healthOf(master);
  assert.deepEqual(degraded.waitingFor, ['s1']);
  assert.equal((await ask(master, '/ready')).status, 200);
  assert.match((await ask(master, '/metrics')).text, /^rlog_is_degraded 1$/m);
  const place = degraded.members.find(({ id }) => id === 's1');
  assert.deepEqual([place?.durableEnd, place?.lagEntries, place?.lagMs], [1, 0, 0], 'its last known place stays');
  await s2.kill();
  // The master took it before it knew that the majority is gone: it may still complete, and the answer says so.
  const underWay = append(master, 'under way', { w: 2, timeoutMs: 3000 });
  // If an assertion fails first, this must not become an unhandled rejection.
  underWay.catch(() => undefined);
  await waitFor('health says that the majority is gone', async () => (await healthOf(master)).status === 'read-only');
  assert.deepEqual((await healthOf(master)).waitingFor.toSorted(), ['s1', 's2']);

  const begunAt = performance.now();
  const refused = await append(master, 'refused', { w: 1, timeoutMs: 20_000 });
  const ms = performance.now() - begunAt;
  assert.equal(refused.status, 503);
  assert.equal(refused.json['code'], 'no-quorum');
  assert.equal(refused.json['outcome'], 'rejected');
  assert.equal(refused.headers['retry-after'], '1');
  assert.ok(ms < 10_000, `it is refused at once, not at its timeout, and took ${ms} ms`);
  assert.deepEqual(await messagesOf(master), ['before']);
  assert.equal((await ask(master, '/ready')).status, 503);

  const unknown = await underWay;
  assert.equal(unknown.status, 504);
  assert.equal(unknown.json['outcome'], 'unknown');
  assert.equal(unknown.json['offset'], 1);
  assert.equal(unknown.json['acks'], 1);
  assert.deepEqual((unknown.json['waitingFor'] as string[]).toSorted(), ['s1', 's2']);

  await s1.start();
  await waitFor('appends work again', async () => (await append(master, 'after', { w: 2, timeoutMs: 1000 })).status === 201);
  const all = await messagesOf(master);
  assert.deepEqual(all.slice(0, 2), ['before', 'under way'], 'the append that was unknown is stored, once, at its offset');
  assert.ok(!all.includes('refused'));
  assert.deepEqual(await messagesOf(s1), all);
});

test('a linearizable read needs a majority, a committed one works without, on any node', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  await append(master, 'certain');
  for (const node of [master, s1, s2]) assert.deepEqual(await messagesOf(node, '?read=linearizable'), ['certain']);
  await waitFor('s1 knows what is committed', async () => (await messagesOf(s1, '?read=committed')).length === 1);
  await s1.kill();
  await s2.kill();
  await append(master, 'only here', { w: 1, timeoutMs: 500 });
  assert.deepEqual(await messagesOf(master), ['certain', 'only here']);
  assert.deepEqual(await messagesOf(master, '?read=committed'), ['certain']);
  const begunAt = performance.now();
  const unconfirmed = await ask(master, '/messages?read=linearizable&timeoutMs=300');
  assert.deepEqual([unconfirmed.status, unconfirmed.json['code']], [503, 'read-timeout']);
  assert.ok(performance.now() - begunAt < 10_000, 'it takes as long as was asked for, not WRITE_TIMEOUT_MS');
});
