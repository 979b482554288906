/** Three services in one process, each with a node: the cluster of `replicated-log/testing`, and nodes that talk directly. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ProblemError, startNode } from '../../src/embed/index.ts';
import type { Entry, LogNode } from '../../src/embed/index.ts';
import { startTestCluster } from '../../src/testing/index.ts';
import { freePort } from '../support/ports.ts';
import { onlyLong } from '../support/long.ts';

const root = mkdtempSync(join(tmpdir(), 'rlog-embedded-'));
// Each thread loads the server.
enableCompileCache(join(root, 'cache'));
after(() => rmSync(root, { recursive: true, force: true }));

async function entriesOf(node: LogNode): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of node.read({ level: 'linearizable' })) entries.push(...page);
  return entries;
}

test('appends through a follower keep the order of the calls, and every node has them', onlyLong, async () => {
  await using cluster = await startTestCluster();
  const leader = await cluster.leader();
  const follower = cluster.nodes.find((node) => node !== leader);
  assert.ok(follower !== undefined);
  const appends: Promise<{ readonly offset: number }>[] = [];
  for (let n = 0; n < 300; n += 1) {
    appends.push(n % 100 === 99 ? follower.append(n, { key: `key-${n}` }) : follower.append(n));
    if (n % 20 === 0) await follower.status();
  }
  const offsets = (await Promise.all(appends)).map(({ offset }) => offset);
  assert.deepEqual(
    offsets,
    Array.from({ length: 300 }, (_, index) => index),
  );
  for (const node of cluster.nodes) {
    assert.deepEqual(
      (await entriesOf(node)).map(({ message }) => message),
      Array.from({ length: 300 }, (_, index) => index),
    );
  }
});

test('when the leader is killed, or cut off, appends through the others go on, each stored once and in its order', async () => {
  await using cluster = await startTestCluster();
  const [writer] = cluster.nodes.filter((node) => node.id === 'c');
  assert.ok(writer !== undefined);
  let n = 0;
  let isOver = false;
  const stored = new Map<number, number>();
  const failures: unknown[] = [];
  const write = async (): Promise<void> => {
    while (!isOver) {
      const mine = n++;
      await writer.append(mine).then(
        ({ offset }) => stored.set(mine, offset),
        (error: unknown) => {
          failures.push(error);
          isOver = true;
        },
      );
    }
  };
  const writers = Array.from({ length: 8 }, write);
  for (const fault of ['kill', 'cut'] as const) {
    const before = stored.size;
    let leader = await cluster.leader();
    // The writer's own node has to live.
    while (leader.id === writer.id) {
      cluster.cut(writer.id);
      leader = await cluster.leader();
      cluster.heal(writer.id);
    }
    if (fault === 'kill') await cluster.kill(leader.id);
    else cluster.cut(leader.id);
    const next = await cluster.leader();
    assert.notEqual(next.id, leader.id);
    await enough(() => stored.size > before + 200);
    if (fault === 'kill') await cluster.restart(leader.id);
    else cluster.heal();
  }
  isOver = true;
  await Promise.all(writers);
  assert.deepEqual(failures, []);
  const entries = await entriesOf(await cluster.leader());
  const messages = entries.map(({ message }) => message as number);
  assert.equal(new Set(messages).size, messages.length, 'one was stored twice');
  for (const [message, offset] of stored) assert.equal(messages[offset], message);
  assert.equal(messages.length, stored.size);
});

test('in-process appends of the leader itself survive that it is cut off: they are stored once, by its successor', onlyLong, async () => {
  await using cluster = await startTestCluster();
  const leader = await cluster.leader();
  await leader.append('first');
  cluster.cut(leader.id);
  const appends = ['second', 'third', 'fourth'].map((message) => leader.append(message, { timeoutMs: 20_000 }));
  assert.notEqual((await cluster.leader()).id, leader.id);
  cluster.heal();
  const offsets = (await Promise.all(appends)).map(({ offset }) => offset);
  assert.deepEqual(offsets, [1, 2, 3]);
  assert.deepEqual(
    (await entriesOf(leader)).map(({ message }) => message),
    ['first', 'second', 'third', 'fourth'],
  );
});

test('a leader that is stopped hands over: no append of another service fails', async () => {
  await using cluster = await startTestCluster();
  const leader = await cluster.leader();
  const others = cluster.nodes.filter((node) => node !== leader);
  let isOver = false;
  const done = others.map(async (node) => {
    for (let n = 0; !isOver; n += 1) await node.append(n);
  });
  await leader.append('under load');
  await leader.stop();
  await cluster.leader();
  isOver = true;
  await Promise.all(done);
});

test('a service whose event loop is busy for seconds does not lose the lead', async () => {
  const urls = await Promise.all([1, 2, 3].map(async () => `http://127.0.0.1:${await freePort()}`));
  const nodes = await Promise.all(urls.map((url, index) => startNode({ url, nodes: urls, dataDir: join(root, String(index)) })));
  try {
    await Promise.all(nodes.map((node) => node.ready()));
    const [node] = nodes;
    const before = await node?.status();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);
    const later = await node?.status();
    assert.ok(before?.leader !== null && before?.leader !== undefined);
    assert.deepEqual(later?.leader, before.leader);
    assert.equal(later?.leaderSince, before.leaderSince);
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
});

test('the test cluster refuses what makes no sense', async () => {
  await assert.rejects(startTestCluster({ nodes: 0 }), RangeError);
  await using cluster = await startTestCluster({ nodes: 1, messageBytesMax: 2048 });
  assert.deepEqual(cluster.ids, ['a']);
  assert.throws(() => cluster.node('b'), RangeError);
  await assert.rejects(cluster.node('a').append('x'.repeat(4000)), ProblemError);
  await cluster.kill('a');
  assert.throws(() => cluster.node('a'), /does not run/);
});

/** Waits for a condition that appends bring about. */
async function enough(isMet: () => boolean, deadlineMs = 30_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!isMet()) {
    if (performance.now() > deadline) assert.fail('it took too long');
    await new Promise((resolve) => setImmediate(resolve));
  }
}
