/** The client against a real cluster, while its master is killed and restarted under load. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogClient, ProblemError } from '../../src/client/index.ts';
import type { Entry } from '../../src/client/index.ts';
import { isReady, startThree } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

async function all(client: LogClient, from = 0): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of client.read({ from, level: 'linearizable', pageEntries: 700 })) entries.push(...page);
  return entries;
}

test('while the master is killed and restarted, appends are stored once and in order, and followers get each entry once', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  const urls = [master.url, s1.url, s2.url];
  const writers = [urls, urls.toReversed()].map((order) => new LogClient({ urls: order, w: 'majority', timeoutMs: 60_000 }));
  const over = new AbortController();
  const heard: Entry<string>[][] = [];
  const readers = [urls, [s1.url, master.url], [master.url]].map(async (order, index) => {
    const mine: Entry<string>[] = (heard[index] = []);
    for await (const entry of new LogClient({ urls: order }).follow<string>({ signal: over.signal })) mine.push(entry);
  });

  let isOver = false;
  const perWriter = 64;
  const acknowledged = new Map<string, number>();
  const load = writers.map(async (client, writer) => {
    let sent = 0;
    const lane = async (): Promise<void> => {
      while (!isOver) {
        const message = `${writer}.${(sent += 1)}`;
        acknowledged.set(message, (await client.append(message)).offset);
      }
    };
    await Promise.all(Array.from({ length: perWriter }, lane));
    return sent;
  });
  for (let round = 0; round < 3; round += 1) {
    const before = acknowledged.size;
    await waitFor('some are acknowledged', () => acknowledged.size > before + 1000);
    await master.kill();
    await master.start();
    await isReady(master);
  }
  const before = acknowledged.size;
  await waitFor('they go on', () => acknowledged.size > before + 1000);
  isOver = true;
  const sent = await Promise.all(load);

  const client = new LogClient({ urls });
  const entries = await all(client);
  const messages = entries.map((entry) => entry.message as string);
  assert.equal(new Set(messages).size, messages.length, 'no message is in the log twice');
  assert.equal(
    messages.length,
    sent.reduce((sum, count) => sum + count, 0),
    'everything is there',
  );
  for (const [message, offset] of acknowledged) assert.equal(messages[offset], message);
  for (const writer of [0, 1]) {
    const order = messages.filter((message) => message.startsWith(`${writer}.`)).map((message) => Number(message.slice(2)));
    assert.deepEqual(
      order,
      order.map((_unused, index) => index + 1),
      'in the order of the calls',
    );
  }
  for (const mine of heard) {
    await waitFor('all are heard', () => mine.length === entries.length);
    assert.deepEqual(mine, entries);
  }
  over.abort(new Error('heard enough'));
  for (const reader of readers) await assert.rejects(reader, /heard enough/);
});

test('the client skips a node that is down, and a problem says what happened', onlyLong, async () => {
  const { cluster, master, s1, s2 } = await startThree({ env: { MESSAGE_BYTES_MAX: '64KiB' } });
  await using _ = cluster;
  const client = new LogClient({ urls: [s1.url, s2.url, master.url] });
  assert.deepEqual(await client.append('one'), { offset: 0, epoch: 1, w: 'all', acks: 3 });
  const { acks, ...many } = await client.appendMany(['two', 'three'], { w: 2 });
  assert.deepEqual(many, { offset: 1, count: 2, epoch: 1, w: 2 });
  assert.ok(acks >= 2, 'the third node may be as fast');
  const status = await client.status();
  assert.deepEqual([status.node, status.role, status.ends.logEnd], ['s1', 'follower', 3]);

  const results = await Promise.allSettled([client.append('before'), client.append('x'.repeat(100_000)), client.append('after')]);
  const [before, large, after] = results;
  assert.ok(before?.status === 'fulfilled' && after?.status === 'fulfilled' && large?.status === 'rejected');
  assert.deepEqual([before.value.offset, after.value.offset], [3, 4]);
  const problem: unknown = large.reason;
  assert.ok(problem instanceof ProblemError);
  assert.deepEqual([problem.code, problem.outcome, problem.retryable, problem.status], ['message-too-large', 'rejected', false, 413]);
  assert.deepEqual(problem.facts, { bytes: 100_002, bytesMax: 65_536 });

  // An append at w=all does not delay the next one, which waits for fewer nodes; and it keeps its earlier offset.
  await s1.kill();
  const waiting = client.append('for all', { w: 'all' });
  const quick = await client.append('for a majority', { w: 'majority' });
  assert.equal(quick.offset, 6);
  const timedOut = await client.append('for three', { w: 3, timeoutMs: 300 }).catch((error: unknown) => error);
  assert.ok(timedOut instanceof ProblemError);
  assert.deepEqual(
    [timedOut.code, timedOut.outcome, timedOut.facts['offset'], timedOut.facts['waitingFor']],
    ['concern-timeout', 'unknown', 7, ['s1']],
  );
  await s1.start();
  assert.equal((await waiting).offset, 5);
  assert.deepEqual(
    (await all(client)).map((entry) => entry.message),
    ['one', 'two', 'three', 'before', 'after', 'for all', 'for a majority', 'for three'],
  );

  await cluster[Symbol.asyncDispose]();
  const nobody = await client.append('nobody hears', { timeoutMs: 200 }).catch((error: unknown) => error);
  assert.ok(nobody instanceof ProblemError);
  assert.deepEqual([nobody.code, nobody.outcome, nobody.retryable], ['unreachable', 'rejected', true]);
});
