/** Retries never duplicate. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { isReady, quickHealth, startThree } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

test('ten parallel appends with the same key, through different nodes, become one entry', onlyLong, async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  const nodes = [master, s1, s2] as const;
  const answers = await Promise.all(Array.from({ length: 10 }, (_unused, n) => append(nodes[n % 3] ?? master, 'once', { key: 'k1' })));
  assert.deepEqual(
    answers.map((answer) => [answer.status, answer.json['offset']]),
    answers.map(() => [201, 0]),
  );
  assert.deepEqual(await messagesOf(master), ['once']);

  const other = await append(s1, 'twice', { key: 'k1' });
  assert.equal(other.status, 422);
  assert.equal(other.json['code'], 'key-reused');
  assert.equal(other.json['outcome'], 'rejected');
  assert.deepEqual(await messagesOf(master), ['once']);
});

test('a retry, after the master was killed before it answered, gets the offset of the first attempt', async () => {
  const { cluster, master, s1, s2 } = await startThree({ delays: ['0', '60'] });
  await using _ = cluster;
  const lost = append(master, 'once', { key: 'k1', w: 3 }).then(
    () => 'answered',
    () => 'broken off',
  );
  await waitFor('it is stored', async () => (await healthOf(s1)).ends.durableEnd === 1);
  await master.kill();
  assert.equal(await lost, 'broken off');
  await s2.kill();
  await s2.start({ env: { REPLICATION_DELAY: '0' } });
  await master.start();
  await isReady(master);
  const retries = await Promise.all([master, s1, s2].map((node) => append(node, 'once', { key: 'k1', w: 3 })));
  assert.deepEqual(
    retries.map((answer) => [answer.status, answer.json['offset']]),
    [
      [201, 0],
      [201, 0],
      [201, 0],
    ],
  );
  assert.deepEqual(await messagesOf(master), ['once']);
  assert.equal((await append(master, 'another', { key: 'k1' })).status, 422, 'the key is remembered after a restart');
});

test('a batch with a key is recognised as a whole', onlyLong, async () => {
  const { cluster, master, s2 } = await startThree();
  await using _ = cluster;
  const post = (node: typeof master, messages: unknown[]) =>
    ask(node, '/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': 'batch' },
      body: JSON.stringify({ messages }),
    });
  await append(master, 'before');
  const first = await post(master, ['a', 'b', 'c']);
  assert.deepEqual([first.json['offset'], first.json['count']], [1, 3]);
  const again = await post(s2, ['a', 'b', 'c']);
  assert.equal(again.status, 201);
  assert.deepEqual([again.json['offset'], again.json['count']], [1, 3]);
  assert.equal((await post(master, ['a', 'b'])).status, 422);
  assert.deepEqual(await messagesOf(master), ['before', 'a', 'b', 'c']);
});

test('an append that a secondary forwarded to a paused master is stored once when the master is resumed, with a key or without; at its timeout it is unknown', async () => {
  const { cluster, master, s1 } = await startThree({ env: quickHealth });
  await using _ = cluster;
  // A secondary that has not heard of the master yet would only wait for a leader, and nothing would be unknown.
  assert.equal((await append(s1, 'before')).status, 201);
  // This takes a heartbeat, which also tells it that the master remembers what is forwarded without a key.
  assert.deepEqual(await messagesOf(s1, '?read=linearizable'), ['before']);
  master.signal('SIGSTOP');
  const keyed = append(s1, 'with a key', { key: 'k', timeoutMs: 60_000 });
  const keyless = append(s1, 'without', { timeoutMs: 60_000 });
  const givenUp = await append(s1, 'given up', { timeoutMs: 3000 });
  assert.deepEqual([givenUp.status, givenUp.json['code'], givenUp.json['outcome']], [502, 'forward-failed', 'unknown']);
  await waitFor('nobody is known to lead', async () => (await healthOf(s1)).leader === null);
  const late = await append(s1, 'nobody leads', { timeoutMs: 300 });
  assert.deepEqual([late.json['code'], late.json['outcome']], ['no-leader', 'rejected']);
  master.signal('SIGCONT');
  for (const { status, text } of await Promise.all([keyed, keyless])) assert.equal(status, 201, text);
  const messages = await messagesOf(master);
  for (const once of ['with a key', 'without']) assert.equal(messages.filter((message) => message === once).length, 1, once);
  assert.equal(messages.includes('nobody leads'), false);
});
