/** The restore drill: a cluster is backed up while it runs, and another one begins with what was restored. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { append, ask, healthOf } from '../support/api.ts';
import { freePort } from '../support/ports.ts';
import { TestCluster, isReady, startThree } from '../support/nodes.ts';
import type { TestNode, ThreeNodes } from '../support/nodes.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const segment = { SEGMENT_BYTES_MAX: '65536' };

let nodes: ThreeNodes;
let folder = '';
/** A whole backup, and two increments after it. */
let [full, second, third] = ['', '', ''];
/** How far the log went with each of them. */
const ends: number[] = [];
/** A time between the last two. */
let time = '';

before(async () => {
  nodes = await startThree({ env: segment });
  folder = nodes.cluster.folder;
  [full, second, third] = ['full.tar.zst', 'second.tar.zst', 'third.tar'].map((name) => join(folder, name)) as [string, string, string];
  // Several segments, of which some go, so that the backup has a checkpoint.
  for (let at = 0; at < 6; at += 1) await appendMany(100, 'x'.repeat(500));
  await append(nodes.master, 'kept once', { key: 'k1' });
  assert.equal((await ask(nodes.master, '/messages?before=350', { method: 'DELETE' })).status, 200);
  const removed = (): boolean => !readdirSync(nodes.s1.dataDir).includes('00000000000000000000.log');
  await waitFor('files are gone', removed);
  ends.push(await committedAt(nodes.s1));
  await runOrFail(['backup', full, '--url', nodes.s1.url]);
  await appendMany(10, 'second');
  ends.push(await committedAt(nodes.s2));
  await runOrFail(['backup', second, '--url', nodes.s2.url, '--from', full]);
  time = new Date(Date.now() + 1).toISOString();
  await waitFor('the clock goes on', () => new Date().toISOString() > time);
  await appendMany(10, 'third');
  ends.push(await committedAt(nodes.master));
  await runOrFail(['backup', third, '--url', nodes.master.url, '--from', String(ends[1]), '--compression', 'none']);
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

async function appendMany(count: number, text: string): Promise<void> {
  const messages = Array.from({ length: count }, (_unused, n) => `${text} ${n}`);
  const headers = { 'content-type': 'application/json' };
  const { status } = await ask(nodes.master, '/messages', { method: 'POST', headers, body: JSON.stringify({ messages, w: 'all' }) });
  assert.equal(status, 201);
}

/** Waits until this node knows that all is committed that the master has. */
async function committedAt(node: TestNode): Promise<number> {
  const { committedEnd } = (await healthOf(nodes.master)).ends;
  await waitFor(`${node.id} knows`, async () => (await healthOf(node)).ends.committedEnd === committedEnd);
  return committedEnd;
}

async function runOrFail(args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runRlog(args);
  assert.equal(status, 0, stderr);
  return stdout;
}

async function entriesOf(node: Pick<TestNode, 'url'>): Promise<string[]> {
  const answer = await fetch(`${node.url}/messages?read=linearizable`, { headers: { accept: 'application/x-ndjson' } });
  return (await answer.text()).split('\n').filter((line) => line !== '');
}

/** The lines of what the cluster has before an offset. */
async function entriesBefore(end: number): Promise<string[]> {
  return (await entriesOf(nodes.master)).filter((line) => (JSON.parse(line) as { offset: number }).offset < end);
}

async function restored(name: string, args: readonly string[]): Promise<string> {
  const dir = join(folder, name);
  await runOrFail(['restore', ...args, '--data', dir]);
  assert.equal((await runRlog(['verify', dir])).status, 0);
  return dir;
}

/** A node on a restored folder, alone. */
async function startOn(
  cluster: TestCluster,
  dir: string,
  spec: { readonly kind: 'node' | 'master'; readonly id: string },
): Promise<TestNode> {
  const port = await freePort();
  const node = cluster.add({ kind: spec.kind, port, env: { ...segment, DATA_DIR: dir, SERVER_ID: spec.id } });
  await node.start();
  await isReady(node);
  return node;
}

test('a restored folder leads a new cluster as any node, with the same entries, and blank nodes join it', onlyLong, async () => {
  await using cluster = new TestCluster();
  const DATA_DIR = await restored('as-node', [full]);
  const ports = [await freePort(), await freePort(), await freePort()];
  const NODES = ports.map((port) => `http://127.0.0.1:${port}`).join(',');
  const [first, ...others] = ports.map((port, at) =>
    cluster.add({
      kind: 'node',
      port,
      env: { ...segment, NODES, ADVERTISED_URL: `http://127.0.0.1:${port}`, SERVER_ID: `r${at}`, ...(at === 0 && { DATA_DIR }) },
    }),
  ) as [TestNode, TestNode, TestNode];
  // The blank ones are there before it: they must not found a cluster of their own.
  for (const node of others) await node.start();
  await first.start();
  for (const node of cluster.nodes) await isReady(node);
  assert.deepEqual(await entriesOf(first), await entriesBefore(ends[0] ?? 0));
  const old = await healthOf(nodes.master);
  const now = await healthOf(first);
  assert.notEqual(now.cluster, old.cluster);
  assert.equal((await ask(first, '/messages/349')).json['code'], 'trimmed');
  await waitFor('all are members', async () => (await ask(first, '/health')).json['tolerates'] === 1);
  // A retry of an append that was stored before the backup is not stored again.
  const again = await append(first, 'kept once', { key: 'k1' });
  assert.deepEqual([again.status, again.json['offset']], [201, 600]);
  const next = await append(first, 'goes on', { w: 'all' });
  assert.deepEqual([next.status, next.json['offset']], [201, ends[0]]);
  // It begins a cluster once: started again, it belongs to the one that it began.
  await first.stop();
  await first.start();
  await isReady(first);
  assert.equal((await healthOf(first)).cluster, now.cluster);
  assert.equal((await append(first, 'and on', { w: 'all' })).status, 201);
  await waitFor('the others have it', async () => (await entriesOf(others[1])).length === (await entriesOf(first)).length);
});

test('increments follow their backup, and the log ends where somebody wants it', onlyLong, async () => {
  await using cluster = new TestCluster();
  const [, endOfSecond = 0, endOfThird = 0] = ends;
  const cases = [
    { name: 'all', args: [full, second, third], end: endOfThird },
    { name: 'to-offset', args: [full, second, third, '--until', String(endOfSecond + 4)], end: endOfSecond + 4 },
    { name: 'to-time', args: [full, second, third, '--until', time], end: endOfSecond },
  ];
  for (const { name, args, end } of cases) {
    const node = await startOn(cluster, await restored(name, args), { kind: 'master', id: `any-${name}` });
    assert.deepEqual(await entriesOf(node), await entriesBefore(end), name);
    assert.deepEqual([(await append(node, 'next')).json['offset'], name], [end, name]);
    await node.stop();
  }
});

test('a restored folder is not started as a follower, and says what to do', onlyLong, async () => {
  await using cluster = new TestCluster();
  const DATA_DIR = await restored('as-secondary', [full]);
  const node = cluster.add({ kind: 'secondary', port: await freePort(), env: { DATA_DIR } });
  node.spawn();
  assert.equal((await node.exited()).code, 1);
  assert.match(node.output, /a backup was restored here: start it with "rlog master" or "rlog node"/);
});

test(
  'what is damaged, has a gap, belongs to another log or would overwrite something is refused, with the place, and leaves nothing',
  onlyLong,
  async () => {
    const there = readdirSync(folder);
    const target = join(folder, 'refused');
    const refused = async (args: readonly string[], because: RegExp, exitCode = 1): Promise<void> => {
      const { status, stderr } = await runRlog(['restore', ...args, '--data', target]);
      assert.match(stderr, because);
      assert.equal(status, exitCode);
      assert.deepEqual(readdirSync(folder), there);
    };
    const plain = readFileSync(third);
    const broken = (name: string, change: (bytes: Buffer) => Buffer): string => {
      writeFileSync(join(folder, 'broken'), change(Buffer.from(plain)));
      if (!there.includes('broken')) there.push('broken');
      there.sort();
      return name === '' ? '' : join(folder, 'broken');
    };
    const place = plain.indexOf('third 5');
    const flipped = broken('flipped', (bytes) => (bytes.writeUInt8(bytes.readUInt8(place) ^ 1, place), bytes));
    await refused([full, second, flipped], /broken: damaged at batch \d+, offset 611: the checksum does not match; nothing was restored/);
    await refused(
      [full, second, broken('short', (bytes) => bytes.subarray(0, bytes.length - 3000))],
      /broken: it is (cut short or damaged|not complete)/,
    );
    await refused([full, second, broken('empty', () => Buffer.alloc(0))], /broken: it is not complete: it ends at its beginning/);
    await refused(
      [full, third],
      /third.tar: it begins at offset 611 \(batch \d+\), and what comes before it ends at offset 601 .*a backup between them is missing/,
    );
    await refused([second], /it is an increment: the backup that it belongs to has to come first/);
    await refused([full, full], /it is a whole backup/);
    await refused([full, '--until', '9999'], /it ends at offset 601, before offset 9999/);
    await refused([full, '--until', '350'], /nothing would be left: the log begins at offset 350/);
    await refused([full, '--until', 'tomorrow'], /neither an offset nor a time/, 2);
    await refused([join(folder, 'none')], /there is no such file/, 2);
    mkdirSync(target);
    there.push('refused');
    there.sort();
    writeFileSync(join(target, 'mine'), '');
    await refused([full], /refused is not empty, and nothing is overwritten/, 2);
  },
);

test('a backup replaces no file unless told so, says what it needs, and an increment of what was trimmed is refused', async () => {
  const kept = readFileSync(full);
  const again = await runRlog(['backup', full, '--url', nodes.master.url]);
  assert.deepEqual([again.status, again.stderr], [2, `rlog: ${full} exists: name another file, or add --overwrite\n`]);
  assert.deepEqual(readFileSync(full), kept);
  const trimmed = await ask(nodes.master, '/backup?from=100');
  assert.deepEqual([trimmed.status, trimmed.json['code'], trimmed.json['firstOffset']], [410, 'trimmed', 350]);
  const beyond = await ask(nodes.master, '/backup?from=99999');
  assert.deepEqual([beyond.status, beyond.json['code']], [409, 'not-committed']);
  assert.ok(nodes.s1.events('audit.backup-taken').some(({ outcome, end }) => outcome === 'done' && end === ends[0]));
});

test('a backup on standard output is the same, and one of a log in memory too', onlyLong, async () => {
  await using cluster = new TestCluster();
  const node = cluster.add({ kind: 'master', port: await freePort(), args: ['--memory'] });
  await node.start();
  await isReady(node);
  await append(node, 'in memory');
  const file = join(folder, 'memory.tar');
  const { status, stderr } = await runRlog(`./bin/rlog backup - --url ${node.url} > ${file}`);
  assert.equal(status, 0, stderr);
  const again = await startOn(cluster, await restored('of-memory', [file]), { kind: 'master', id: 'm' });
  assert.deepEqual(await entriesOf(again), await entriesOf(node));
});
