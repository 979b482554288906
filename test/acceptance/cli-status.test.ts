/** `rlog status`, and the other commands that show members. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Health, Member } from '../../src/api/health.ts';
import { fakeNode, healthOfLeader } from '../support/fake-node.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const member = (id: string, changes: Partial<Member> = {}): Member => ({
  ...{ id, url: `http://127.0.0.1:1/${id}`, state: 'member', health: 'healthy', durableEnd: 3, lagEntries: 0, lagMs: 0, ...changes },
});
const members = ['n10', 'n2', 'm', 'n1'].map((id) => member(id));

const notReached = { code: 'node-unreachable', title: 'No', detail: 'n2 is not there', outcome: 'rejected', retryable: true };

async function nodeWith(changes: Partial<Health>) {
  return fakeNode((_method, path) => (path === '/health' ? { status: 200, body: healthOfLeader({ members, ...changes }) } : undefined));
}

test('status lists the leader first, and then by name', async () => {
  await using node = await nodeWith({});
  const { status, stdout, stderr } = await runRlog(['status', '--url', node.url]);
  assert.deepEqual([status, stderr], [0, '']);
  const [first, ...rest] = stdout.split('\n');
  assert.match(first ?? '', /^healthy: m leads epoch 4 since 2026-01-02T03:04:05\.678Z \(\d+ d ago\)$/);
  const table = rest.slice(rest.indexOf('') + 1, -1);
  assert.deepEqual(table.map((line) => line.split(' ')[0]).slice(0, 5), ['NAME', 'm', 'n1', 'n2', 'n10']);
  assert.deepEqual((await runRlog(['members', '--url', node.url])).stdout.match(/^\w+/gm), ['NAME', 'm', 'n1', 'n2', 'n10']);
});

test('status ends with 1 while appends would be refused, and with --strict also while those at w=all would wait', onlyLong, async () => {
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

test('status shows what each node says of itself, why one could not lead, and the last known place of one that is down', async () => {
  const disk = { freeBytes: 20e9, sizeBytes: 80e9, logBytes: 1, indexBytes: 1, checkpointBytes: 0, cutBytes: 0 };
  const election = { state: 'following', priority: 1, lastPoll: null, unreachable: ['n2'] } as const;
  const others = [member('m'), member('n1'), member('n2', { health: 'unhealthy', durableEnd: 1, lagEntries: 2, lagMs: 90_000 })];
  const leader = healthOfLeader({ members: others, status: 'degraded', waitingFor: ['n2'], disk, version: '1.2.3' });
  const n1 = {
    ...healthOfLeader(),
    node: 'n1',
    role: 'follower',
    electable: false,
    notElectable: ['unreachable-members'],
    election,
    canStore: false,
  };
  // n2 is neither reached by the leader nor at its own address.
  const answers: Readonly<Record<string, object>> = { '/health': leader, '/nodes/n1/health': n1 };
  await using node = await fakeNode((_method, path) => {
    const body = answers[path];
    return body === undefined ? { status: 503, body: notReached } : { status: 200, body };
  });
  const at = ['--url', node.url];
  const [ran, json] = await Promise.all([runRlog(['status', ...at]), runRlog(['status', '--json', ...at])]);
  const lines = ran.stdout.split('\n').map((line) => line.split(/ {2,}/));
  const cells = (id: string): string[] | undefined => lines.find(([name]) => name === id)?.slice(0, -1);
  assert.deepEqual(cells('m'), ['m', 'leader', 'member', 'healthy', '3', '0', '0 ms', '20 GB of 80 GB', '1.2.3', 'yes']);
  assert.deepEqual(cells('n1'), ['n1', 'follower', 'member', 'healthy', '3', '0', '0 ms', 'full', '0', 'no']);
  assert.deepEqual(cells('n2'), ['n2', 'follower', 'member', 'unhealthy, silent', '1', '2', '90 s', '-', '-', '-']);
  assert.match(
    ran.stdout,
    /^n1 could not lead: it cannot reach n2\nn2 does not answer \(n2 is not there\); m last heard that it has the log up to 1 of 3$/m,
  );
  const { nodes, ...health } = JSON.parse(json.stdout) as Health & { readonly nodes: readonly Record<string, unknown>[] };
  assert.deepEqual(health, leader, 'nothing that was there before is gone');
  assert.deepEqual(
    nodes.map(({ id, answers: isThere, silence, electable, notElectable }) => ({ id, isThere, silence, electable, notElectable })),
    [
      { id: 'm', isThere: true, silence: null, electable: true, notElectable: [] },
      { id: 'n1', isThere: true, silence: null, electable: false, notElectable: ['unreachable-members'] },
      { id: 'n2', isThere: false, silence: 'n2 is not there', electable: null, notElectable: null },
    ],
  );
});

test('status --strict ends with 1 if no member may fail, or nobody says how many may', onlyLong, async () => {
  for (const [tolerates, expected] of [
    [1, 0],
    [0, 1],
    [null, 1],
  ] as const) {
    await using node = await nodeWith({ tolerates });
    const ran = await Promise.all([['status'], ['status', '--strict']].map((args) => runRlog([...args, '--url', node.url])));
    assert.deepEqual(
      ran.map(({ status }) => status),
      [0, expected],
      String(tolerates),
    );
  }
});

test('if several URLs are given, a node that is down does not matter', onlyLong, async () => {
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
