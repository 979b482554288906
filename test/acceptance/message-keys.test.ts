/** `POST /messages` with `keys`: messages of which each has a key of its own. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient, ProblemError } from '../../src/client/index.ts';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import type { Answer } from '../support/api.ts';
import { isReady, startThree } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

function post(node: TestNode, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return ask(node, '/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

function outcomeOf({ status, json }: Answer): unknown[] {
  return [status, json['code'] ?? json['offsets']];
}

test('what is known is not stored again, what is new is stored together, at any node', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  assert.equal((await append(master, 'b', { key: 'kb' })).status, 201);
  const messages = ['a', 'b', 'c', 'a', 'd'];
  const keys = ['ka', 'kb', null, 'ka', 'kd'];
  const first = await post(s1, { messages, keys, w: 'all' });
  assert.deepEqual([first.status, first.json['offset'], first.json['count'], first.json['acks']], [201, 1, 5, 3], first.text);
  assert.deepEqual(first.json['offsets'], [1, 0, 2, 1, 3]);
  assert.equal(first.headers.location, '/messages/1');
  const again = await post(s2, { keys: ['kd', 'kb'], messages: ['d', 'b'] });
  assert.deepEqual(outcomeOf(again), [201, [3, 0]]);
  assert.deepEqual(await messagesOf(master), ['b', 'a', 'c', 'd']);
  // In an append of its own a message has the same key.
  assert.equal((await append(s1, 'd', { key: 'kd' })).json['offset'], 3);
});

test('a key that was used for another message refuses all, and so does a wrong list of keys', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree();
  await using _ = cluster;
  assert.equal((await append(master, 'a', { key: 'ka' })).status, 201);
  for (const node of [master, s1]) {
    const reused = await post(node, { messages: ['x', 'not a'], keys: ['kx', 'ka'] });
    assert.deepEqual([...outcomeOf(reused), reused.json['outcome'], reused.json['index']], [422, 'key-reused', 'rejected', 1]);
    assert.deepEqual(outcomeOf(await post(node, { messages: ['x', 'y'], keys: ['kx', 'kx'] })), [422, 'key-reused']);
    assert.deepEqual(outcomeOf(await post(node, { messages: ['x', 'y'], keys: ['kx'] })), [400, 'bad-request']);
    const both = await post(node, { messages: ['x'], keys: ['kx'] }, { 'idempotency-key': 'k' });
    assert.deepEqual(outcomeOf(both), [400, 'bad-request']);
  }
  assert.deepEqual(await messagesOf(master), ['a']);
  assert.deepEqual(outcomeOf(await post(s1, { messages: ['x'], keys: ['kx'] })), [201, [1]], 'the key is new still');
});

test('a retry after the master was killed, through another node and with more messages, finds what was stored', onlyLong, async () => {
  const { cluster, master, s1, s2 } = await startThree({ delays: ['0', '60'] });
  await using _ = cluster;
  const lost = post(master, { messages: ['a', 'b'], keys: ['ka', 'kb'], w: 3 }).then(
    () => 'answered',
    () => 'broken off',
  );
  await waitFor('they are stored', async () => (await healthOf(s1)).ends.durableEnd === 2);
  await master.kill();
  assert.equal(await lost, 'broken off');
  await s2.kill();
  await s2.start({ env: { REPLICATION_DELAY: '0' } });
  await master.start();
  await isReady(master);
  const retry = await post(s1, { messages: ['a', 'b', 'c'], keys: ['ka', 'kb', 'kc'], w: 3 });
  assert.deepEqual(outcomeOf(retry), [201, [0, 1, 2]]);
  // The entries are of two epochs.
  assert.equal(new Set(retry.json['epochs'] as number[]).size, 2, retry.text);
  assert.deepEqual(await messagesOf(master), ['a', 'b', 'c']);
});

test('a timeout says where each message is, and a retry waits for the rest', onlyLong, async () => {
  const { cluster, master, s2 } = await startThree();
  await using _ = cluster;
  await s2.kill();
  assert.equal((await append(master, 'a', { key: 'ka', w: 2 })).status, 201);
  const asked = { messages: ['b', 'a'], keys: ['kb', 'ka'], w: 3 };
  const late = await post(master, { ...asked, timeoutMs: 100 });
  assert.deepEqual(
    [...outcomeOf(late), late.json['outcome'], late.json['offsets'], late.json['acks']],
    [504, 'concern-timeout', 'unknown', [1, 0], 2],
  );
  const retry = post(master, asked);
  await s2.start();
  assert.deepEqual(outcomeOf(await retry), [201, [1, 0]]);
});

test('the client sends appends with keys together, also at a follower, and stores each once', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  const numbers = Array.from({ length: 500 }, (_unused, n) => n);
  const offsets: number[][] = [];
  for (const urls of [[s1.url, master.url], [master.url], [s2.url]]) {
    const client = new LogClient({ urls, w: 'majority' });
    const appended = await Promise.all(numbers.map((n) => client.append({ n }, { key: `key ${n}` })));
    offsets.push(appended.map(({ offset }) => offset));
    assert.equal(client.pending, 0);
  }
  assert.deepEqual(offsets, [numbers, numbers, numbers]);
  const client = new LogClient({ urls: s1.url, w: 'majority' });
  const mixed = await Promise.allSettled([
    client.append('new', { key: 'new' }),
    client.append('other', { key: 'key 7' }),
    client.append('without'),
    client.appendMany(['x', { n: 3 }], { keys: [null, 'key 3'] }),
  ]);
  const told = mixed.map((result) =>
    result.status === 'fulfilled' ? result.value.offset : result.reason instanceof ProblemError && result.reason.code,
  );
  assert.deepEqual(told, [500, 'key-reused', 501, 502]);
  const [, , , many] = mixed;
  assert.ok(many?.status === 'fulfilled' && 'offsets' in many.value);
  assert.deepEqual(many.value.offsets, [502, 3]);
  assert.equal((await messagesOf(master)).length, 503);
});
