/** A node in the test's own process, in a thread and without one. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { LogClient } from '../../src/client/index.ts';
import { ConfigError, NodeFailed, ProblemError, startNode, view } from '../../src/embed/index.ts';
import type { Entry, LogNode, NodeOptions } from '../../src/embed/index.ts';
import { onlyLong } from '../support/long.ts';
import { freePort } from '../support/ports.ts';

const root = mkdtempSync(join(tmpdir(), 'rlog-embedded-'));
// Each thread loads the server.
enableCompileCache(join(root, 'cache'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

async function options(more: Partial<NodeOptions> = {}): Promise<NodeOptions> {
  folders += 1;
  const dataDir = join(root, String(folders));
  return { id: 'a', url: `http://127.0.0.1:${await freePort()}`, dataDir, ...more };
}

async function readyNode(more: Partial<NodeOptions> = {}): Promise<LogNode> {
  const node = await startNode(await options(more));
  await node.ready({ timeoutMs: 20_000 });
  return node;
}

async function problemOf(failing: Promise<unknown>): Promise<ProblemError> {
  const error: unknown = await failing.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ProblemError, String(error));
  return error;
}

async function taken<T>(source: AsyncIterable<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) if (items.push(item) === count) break;
  return items;
}

for (const thread of [true, false]) {
  void describe(`a node ${thread ? 'in a thread of its own' : 'in the thread of its service'}`, {
    concurrency: 4,
    ...(thread ? {} : onlyLong),
  }, () => {
    void test('stores an append for the epoch that leads, and refuses one for another, also among others of the same turn', async () => {
      await using node = await readyNode({ thread });
      const { epoch } = await node.append('first');
      const settled = await Promise.allSettled([epoch, epoch + 1, undefined, epoch].map((ifEpoch) => node.append('more', { ifEpoch })));
      assert.deepEqual(
        settled.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      );
      const problem = await problemOf(node.append('more', { ifEpoch: epoch + 1 }));
      assert.deepEqual([problem.code, problem.outcome, problem.facts['epoch']], ['wrong-epoch', 'rejected', epoch]);
      await assert.rejects(node.append('more', { ifEpoch: 0 }), RangeError);
      assert.equal((await node.append('last')).offset, 4);
    });

    void test('is what a view follows, and its file is taken on by a view of a client', async () => {
      await using node = await readyNode({ thread });
      const file = join(root, `${folders}.view`);
      const counts = { initial: 0, apply: (count: number): number => count + 1, file };
      const here = view(node, counts);
      const { offset } = await node.appendMany(['a', 'b', 'c']);
      assert.equal(await here.upTo(offset + 2), 3);
      await here.stop();
      await using there = view(new LogClient({ urls: node.url }), counts);
      assert.equal(await there.upTo((await node.append('d')).offset), 4);
    });

    void test('appends, reads and follows, and a client over HTTP sees the same log', async () => {
      await using node = await readyNode({ thread });
      const orders = [{ order: 17 }, 'ä€😀', null, [1, 'two']];
      const appended = await Promise.all(orders.map((order) => node.append(order)));
      assert.deepEqual(
        appended.map(({ offset }) => offset),
        [0, 1, 2, 3],
      );
      const [first] = appended;
      assert.deepEqual({ ...first, epoch: 0 }, { offset: 0, epoch: 0, w: 'majority', acks: 1 });
      const many = await node.appendMany(['x', 'y'], { w: 1 });
      assert.deepEqual([many.offset, many.count, many.w], [4, 2, 1]);

      const client = new LogClient({ urls: node.url });
      const seen: Entry[] = [];
      for await (const page of client.read()) seen.push(...page);
      const pages: (readonly Entry[])[] = [];
      for await (const page of node.read({ pageEntries: 4 })) pages.push(page);
      assert.deepEqual(pages.flat(), seen);
      assert.deepEqual(
        pages.map((page) => page.length),
        [4, 2],
      );
      assert.deepEqual(
        seen.map(({ message }) => message),
        [...orders, 'x', 'y'],
      );
      assert.deepEqual(await taken(node.follow({ from: 2 }), 4), seen.slice(2));
      const { role, leader } = await node.status();
      assert.deepEqual([role, leader?.id], ['leader', 'a']);
    });

    void test('follow gives what comes later, to each reader once and in order', async () => {
      await using node = await readyNode({ thread });
      const readers = [node.follow<number>(), node.follow<number>({ from: 10, level: 'default' })].map((source, index) =>
        taken(source, index === 0 ? 500 : 490),
      );
      for (let n = 0; n < 500; n += 50) await Promise.all(Array.from({ length: 50 }, (_, index) => node.append(n + index)));
      const [all = [], later = []] = await Promise.all(readers);
      assert.deepEqual(
        all.map(({ offset, message }) => [offset, message]),
        Array.from({ length: 500 }, (_, index) => [index, index]),
      );
      assert.deepEqual(later, all.slice(10));
    });

    void test('an append with a key is stored once, and the same key with another message is refused', async () => {
      await using node = await readyNode({ thread });
      const appended = await Promise.all([node.append({ n: 1 }, { key: 'k' }), node.append({ n: 1 }, { key: 'k' })]);
      assert.deepEqual(
        appended.map(({ offset }) => offset),
        [0, 0],
      );
      const refused = await problemOf(node.append({ n: 2 }, { key: 'k' }));
      assert.deepEqual([refused.code, refused.outcome, refused.retryable], ['key-reused', 'rejected', false]);
      assert.equal((await node.append('next')).offset, 1);
    });

    void test('keys of one turn share a place in the queue, and what is known is not stored again', async () => {
      await using node = await readyNode({ thread });
      const first = await Promise.all(['a', 'b', 'c'].map((key) => node.append(key, { key })));
      assert.deepEqual(
        first.map(({ offset }) => offset),
        [0, 1, 2],
      );
      const [known, other, fresh] = await Promise.allSettled([
        node.append('b', { key: 'b' }),
        node.append('another message', { key: 'c' }),
        node.append('d', { key: 'd' }),
      ]);
      assert.deepEqual(known.status === 'fulfilled' && known.value.offset, 1);
      assert.deepEqual(other.status === 'rejected' && (other.reason as ProblemError).code, 'key-reused');
      assert.deepEqual(fresh.status === 'fulfilled' && fresh.value.offset, 3);
      const many = await node.appendMany(['a', 'e', 'f'], { keys: ['a', null, 'f'] });
      assert.deepEqual([many.offset, many.count, many.offsets], [0, 3, [0, 4, 5]]);
      assert.equal((await node.appendMany(['g', 'h'], { key: 'of both' })).offset, 6);
      assert.equal((await node.appendMany(['g', 'h'], { key: 'of both' })).offset, 6);
    });

    void test('no more messages wait than the service allows', async () => {
      await using node = await readyNode({ thread, maxPending: 3 });
      const taken3 = [node.append(1), node.appendMany([2, 3])];
      assert.equal(node.pending, 3);
      const refused = await problemOf(node.append(4));
      assert.deepEqual([refused.code, refused.outcome, refused.facts], ['too-many-pending', 'rejected', { pending: 3, max: 3 }]);
      await Promise.all(taken3);
      assert.equal(node.pending, 0);
      // More than that at once is taken if nothing else waits.
      assert.equal((await node.appendMany([4, 5, 6, 7])).count, 4);
    });

    void test('what cannot be stored is refused with the codes that HTTP has, and its neighbours are stored', async () => {
      await using node = await readyNode({ thread, messageBytesMax: 1024 });
      const [first, large, last] = await Promise.allSettled([node.append(1), node.append('x'.repeat(2000)), node.append(3)]);
      assert.deepEqual([first.status, last.status], ['fulfilled', 'fulfilled']);
      assert.ok(large.status === 'rejected' && large.reason instanceof ProblemError);
      assert.deepEqual([large.reason.code, large.reason.status, large.reason.outcome], ['message-too-large', 413, 'rejected']);
      const late = await problemOf(node.append('y', { w: 3, timeoutMs: 50 }));
      assert.deepEqual([late.code, late.outcome, late.facts['offset']], ['concern-timeout', 'unknown', 2]);
      await assert.rejects(
        node.append(() => 1),
        TypeError,
      );
      await assert.rejects(node.append(1, { w: 0 }), RangeError);
      await assert.rejects(node.appendMany([]), TypeError);
    });

    void test('a reader whose next entry was trimmed is told so, or skips what is gone', async () => {
      await using node = await readyNode({ thread });
      await node.appendMany([0, 1, 2, 3]);
      await new LogClient({ urls: node.url }).trim(2);
      const trimmed = await problemOf(taken(node.follow({ from: 1 }), 1));
      assert.deepEqual([trimmed.code, trimmed.facts['firstOffset'], trimmed.status], ['trimmed', 2, 410]);
      assert.equal((await problemOf(taken(node.read({ from: 1 }), 1))).code, 'trimmed');
      const skipped: unknown[] = [];
      const entries = await taken(node.follow({ from: 1, onTrimmed: 'skip', onSkip: (gone) => skipped.push(gone) }), 2);
      assert.deepEqual(skipped, [{ start: 1, firstOffset: 2, count: 1 }]);
      assert.deepEqual(
        [entries, await taken(node.follow(), 2)].map((each) => each.map(({ offset }) => offset)),
        [
          [2, 3],
          [2, 3],
        ],
      );
    });

    void test('an append that is aborted rejects with the reason of its signal, and those beside it do not notice', async () => {
      await using node = await readyNode({ thread });
      const over = new AbortController();
      const waiting = node.append('waits for a second node', { w: 2, signal: over.signal });
      const beside = node.append('beside', { w: 1 });
      const aborted = node.append('never sent', { signal: AbortSignal.abort(new Error('too late')) });
      await assert.rejects(aborted, /too late/);
      assert.equal((await beside).offset, 1);
      over.abort(new Error('enough'));
      await assert.rejects(waiting, /enough/);
      const followed = taken(node.follow({ signal: over.signal }), 1);
      await assert.rejects(followed, /enough/);
      assert.equal((await node.append('next', { w: 1 })).offset, 2);
    });

    void test('a node that is stopped answers what waits, takes nothing more, and finds all of it when it is started again', async () => {
      const given = await options({ thread });
      const node = await startNode(given);
      // A cluster of one is founded once nobody else was heard for a while.
      await node.append('first');
      const last = Array.from({ length: 99 }, (_, index) => node.append(index));
      const following = problemOf(taken(node.follow({ from: 100 }), 1));
      await node.stop();
      await node.stop();
      assert.equal((await Promise.all(last)).at(-1)?.offset, 99);
      assert.equal((await following).code, 'shutting-down');
      const refused = await problemOf(node.append('late'));
      assert.deepEqual([refused.code, refused.outcome], ['shutting-down', 'rejected']);
      await using again = await startNode(given);
      await again.ready();
      assert.equal((await taken(again.follow(), 100)).length, 100);
    });

    void test('a node that cannot start says why: a folder or a port in use, a setting that is found wrong late', async () => {
      const given = await options({ thread });
      await using node = await startNode(given);
      const other = `http://127.0.0.1:${await freePort()}`;
      await assert.rejects(startNode({ ...given, url: other }), { name: 'NodeFailed', reason: 'FolderInUse', message: /is in use by/ });
      const elsewhere = { ...given, dataDir: join(root, 'elsewhere') };
      await assert.rejects(startNode(elsewhere), {
        name: 'NodeFailed',
        reason: 'EADDRINUSE',
        message: /^port \d+ on 127.0.0.1 is in use$/,
      });
      const wrong = { ...given, url: other, clusterSecretFile: join(root, 'none'), dataDir: join(root, `secret-${String(thread)}`) };
      await assert.rejects(startNode(wrong), (error) => error instanceof ConfigError && error.message.startsWith('clusterSecretFile: '));
      await assert.rejects(startNode({ url: 'here' }), ConfigError);
      assert.equal(node.url, given.url);
    });
  });
}

test('a node that ends without a word rejects what waits as unknown, says why, and its folder is free', async () => {
  const given = await options();
  const node = await startNode(given);
  await node.ready();
  const stored = await node.append('stored');
  const waiting = problemOf(node.append('waits for a second node', { w: 2 }));
  await node.status();
  const failed = node.failed.catch((error: unknown) => error);
  await node.kill();
  const reason = await failed;
  assert.ok(reason instanceof NodeFailed, String(reason));
  assert.equal(reason.reason, 'Killed');
  const unknown = await waiting;
  assert.deepEqual([unknown.code, unknown.outcome, unknown.retryable], ['unreachable', 'unknown', true]);
  assert.equal((await problemOf(node.append('later'))).outcome, 'rejected');
  await using again = await startNode(given);
  await again.ready();
  const [first] = await taken(again.follow(), 1);
  assert.deepEqual([first?.offset, first?.message], [stored.offset, 'stored']);
});
