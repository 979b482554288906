/** `rlog status`, and the other commands that show members. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health, Member } from '../../src/api/health.ts';
import { fakeNode, healthOfLeader } from '../support/fake-node.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';

const member = (id: string, changes: Partial<Member> = {}): Member => ({
  ...{ id, url: `http://127.0.0.1:1/${id}`, state: 'member', health: 'healthy', durableEnd: 3, lagEntries: 0, lagMs: 0, ...changes },
});
const members = ['n10', 'n2', 'm', 'n1'].map((id) => member(id));

async function nodeWith(changes: Partial<Health>) {
  return fakeNode((_method, path) => (path === '/health' ? { status: 200, body: healthOfLeader({ members, ...changes }) } : undefined));
}

test('status lists the leader first, and then by name', async () => {
  await using node = await nodeWith({});
  const { status, stdout, stderr } = await runRlog(['status', '--url', node.url]);
  assert.deepEqual([status, stderr], [0, '']);
  const [first, ...rest] = stdout.split('\n');
  assert.equal(first, 'healthy: m leads epoch 4 since 2026-01-02T03:04:05.678Z');
  const table = rest.slice(rest.indexOf('') + 1, -1);
  assert.deepEqual(
    table.map((line) => line.split(' ')[0]),
    ['NAME', 'm', 'n1', 'n2', 'n10'],
  );
  assert.deepEqual((await runRlog(['members', '--url', node.url])).stdout.match(/^\w+/gm), ['NAME', 'm', 'n1', 'n2', 'n10']);
});

test('status ends with 1 while appends would be refused, and with --strict also while those at w=all would wait', async () => {
  for (const [condition, plain, strict] of [
    ['healthy', 0, 0],
    ['degraded', 0, 1],
    ['read-only', 1, 1],
  ] as const) {
    await using node = await nodeWith({ status: condition, waitingFor: condition === 'healthy' ? [] : ['n2'] });
    const at = ['--url', node.url];
    const [ran, strictly, json] = await Promise.all([
      runRlog(['status', ...at]),
      runRlog(['status', '--strict', ...at]),
      runRlog(['status', '--json', ...at]),
    ]);
    assert.deepEqual([ran.status, strictly.status, json.status], [plain, strict, plain], condition);
    assert.equal((JSON.parse(json.stdout) as Health).status, condition);
    if (condition === 'degraded') assert.match(ran.stdout, /^w=all waits for n2; w=majority works$/m);
  }
});

test('if several URLs are given, a node that is down does not matter', async () => {
  await using node = await nodeWith({});
  const closed = `http://127.0.0.1:${await freePort()}`;
  const env = { RLOG_URL: `${closed}, ${node.url}` };
  for (const args of [['status'], ['members'], ['health']]) assert.equal((await runRlog(args, { env })).status, 0, args.join(' '));
  const none = await runRlog(['status', '--url', `${closed},${closed}/b`]);
  assert.deepEqual([none.status, none.stderr.match(/connection refused/g)?.length], [4, 2], none.stderr);
  const wrong = await runRlog(['status', '--url', `${closed},https://?`]);
  assert.deepEqual([wrong.status, wrong.stderr], [2, 'rlog: "https://?" is not a URL like http://127.0.0.1:5000\n']);
});

test('status --watch prints again and again, even after a time in which no node answers', async () => {
  let isUp = true;
  await using node = await fakeNode(() => (isUp ? { status: 200, body: healthOfLeader({ members }) } : undefined));
  let output = '';
  const ran = runRlog(['status', '--watch', '0.1', '--url', node.url], {
    started: (child) => {
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
      const look = async (): Promise<void> => {
        await waitFor('twice', () => output.split('m leads epoch 4').length > 2);
        isUp = false;
        await waitFor('the failure', () => output.includes('no answer from'));
        isUp = true;
        const seen = output.length;
        await waitFor('again', () => output.slice(seen).includes('m leads epoch 4'));
      };
      void look().finally(() => child.kill('SIGINT'));
    },
  });
  await ran;
  assert.match(output, /m leads epoch 4[^]*no answer from [^]*m leads epoch 4/);
});

test('before members remove --force begins a new cluster, it says what will be lost', async () => {
  await using ahead = await nodeWith({ ends: { logEnd: 5, durableEnd: 5, committedEnd: 3, visibleEnd: 3 } });
  const others = [member('m'), member('n1', { url: ahead.url }), member('n2')];
  await using kept = await nodeWith({ members: others });
  const { status, stderr } = await runRlog(['members', 'remove', 'n2', '--force', '--url', kept.url]);
  assert.equal(status, 2);
  assert.match(stderr, /^m would begin a new cluster, without n2, from its own log: 3 entries, of which it knows 3 to be committed\.\n/);
  assert.match(stderr, /^ {2}n1: its log is longer by 2 entries, which would be lost\n {2}n2: not reached: what it has is unknown\n/m);
  const several = await runRlog(['members', 'remove', 'n2', '--force', '--yes', '--url', `${kept.url},${ahead.url}`]);
  assert.equal(several.status, 2);
});
