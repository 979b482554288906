/** Nodes that share a secret: who does not know it is no node, whatever it says. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ClusterSecrets } from '../../src/trust/cluster-secrets.ts';
import { append, ask, exchange, healthOf, messagesOf } from '../support/api.ts';
import { isReady, quickHealth, startEqual, startThree, TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { runRlog } from '../support/rlog.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';
import { requestHead, Wire } from '../security/wire.ts';

// In a file such a line would be a comment; a variable has none.
const secret = '# correct horse battery staple';
const json = { 'content-type': 'application/json' };
const env = { CLUSTER_SECRET: secret, ...quickHealth };

function memberIds(health: Awaited<ReturnType<typeof healthOf>>): string[] {
  return health.members.filter(({ state }) => state !== 'joining').map(({ id }) => id);
}

/** A secondary that registers itself, with what it has to show. */
async function stranger(cluster: TestCluster, { master, shows }: { readonly master: TestNode; readonly shows: Record<string, string> }) {
  const port = await freePort();
  const own = { SERVER_ID: 'x', MASTER_URL: master.url, SECONDARY_HOST: '127.0.0.1' };
  return cluster.add({ kind: 'secondary', port, env: { ...quickHealth, ...own, ...shows } });
}

test('nodes that share a secret replicate, forward, hand over and pass on, and no line of their logs has it', async () => {
  const cluster = await startEqual(3, env);
  await using _ = cluster;
  const [n1, n2, n3] = cluster.nodes as [TestNode, TestNode, TestNode];
  for (const [index, node] of [n1, n2, n3].entries()) {
    assert.equal((await append(node, `through ${index + 1}`, { w: 'all' })).status, 201, node.output.slice(-2000));
  }
  const all = ['through 1', 'through 2', 'through 3'];
  for (const node of [n1, n2, n3]) await waitFor('all are everywhere', async () => (await messagesOf(node)).length === 3);
  assert.deepEqual(await messagesOf(n2, '?read=linearizable'), all);
  assert.deepEqual((await ask(n1, `/nodes/${n3.id}/messages`)).json['messages'], all);
  assert.deepEqual((await ask(n1, `/nodes/${n1.id}/messages`)).json['messages'], all, 'also through itself');
  const promotion = { method: 'POST', headers: json, body: JSON.stringify({ id: 'n2' }) };
  const unproven = await ask(n1, '/promote', promotion);
  assert.deepEqual([unproven.status, unproven.json['code']], [401, 'proof-required']);
  const promoted = await runRlog(['promote', 'n2', '--json', '--url', n1.url], { env: { CLUSTER_SECRET: secret } });
  assert.equal((JSON.parse(promoted.stdout) as { leader: string }).leader, 'n2', promoted.stderr);
  const taken = await ask(n1, '/backup');
  assert.deepEqual([taken.status, taken.json['code']], [401, 'proof-required'], 'all of the log at once');
  const backup = await runRlog(['backup', join(cluster.folder, 'log'), '--url', n1.url], { env: { CLUSTER_SECRET: secret } });
  assert.equal(backup.status, 0, backup.stderr);
  const audit = n2.events('audit.leader-promoted').at(-1);
  assert.deepEqual([audit?.['caller'], audit?.['via'], audit?.['leader']], ['cluster-secret', 'n1', 'n2']);
  await n2.kill();
  await waitFor('another one leads', async () => (await append(n1, 'after', { timeoutMs: 2000 })).status === 201);
  for (const node of [n1, n2, n3]) assert.doesNotMatch(node.output, /correct horse/);
});

test('a node without the secret, or with another one, neither joins nor is heard, and that is said once', async () => {
  const { cluster, master, s1 } = await startThree({ env });
  await using _ = cluster;
  await append(master, 'before');
  for (const [shows, reason] of [
    [{}, /is for nodes, which prove|no CLUSTER_SECRET/],
    [{ CLUSTER_SECRET: 'another secret altogether' }, /another CLUSTER_SECRET/],
  ] as const) {
    const x = await stranger(cluster, { master, shows });
    await x.start();
    await waitFor('it is told why', () => Promise.resolve(reason.test(x.output) || reason.test(master.output)));
    await waitFor('it has tried to register several times', async () => (await ask(x, '/health')).status === 200);
    assert.deepEqual(memberIds(await healthOf(master)), ['master', 's1', 's2']);
    assert.equal((await healthOf(master)).members.length, 3, 'it is not even joining');
    assert.deepEqual(await messagesOf(x), []);
    await x.kill();
  }
  assert.equal((await append(s1, 'after')).status, 201);
});

test('each reason for which a node is refused is said once, and a connection that broke in the handshake is none', async () => {
  await using cluster = await startEqual(1, env);
  const [node] = cluster.nodes as [TestNode];
  const { names } = await ClusterSecrets.of([secret]);
  const upgrade = (proof: Record<string, string>) =>
    request(`${node.url}/replicate`, { headers: { connection: 'Upgrade', upgrade: 'rlog/2', 'rlog-node': 'x', ...proof } }).end();
  const [, socket] = (await once(upgrade({ 'rlog-proof': names.join(',') }), 'upgrade')) as [IncomingMessage, Socket];
  socket.resetAndDestroy();
  for (const proof of [{}, { 'rlog-proof': '0123456789abcdef' }, {}]) {
    const [answer] = (await once(upgrade(proof), 'response')) as [IncomingMessage];
    answer.resume();
    assert.equal(answer.statusCode, 401);
  }
  const reasons = (): unknown[] => node.events('stream.refused').map(({ reason }) => reason);
  await waitFor('both are said', () => reasons().length >= 2);
  assert.deepEqual(reasons(), ['this node has a CLUSTER_SECRET, and the caller has none', 'the caller has another CLUSTER_SECRET']);
});

test('a stranger does not fill the log by calling under one name after the other', async () => {
  await using cluster = new TestCluster();
  const node = cluster.add({ kind: 'master', port: await freePort(), env });
  await node.start();
  const refused = (): string[] => node.output.split('\n').filter((line) => line.includes('stream.refused'));
  for (let n = 0; n < 300; n += 1) {
    const headers = { connection: 'Upgrade', upgrade: 'rlog/2', 'rlog-node': `x${n}${'y'.repeat(2000)}`, 'rlog-cluster': 'z'.repeat(2000) };
    const { status } = await exchange(new URL('/replicate', node.url), { headers });
    assert.equal(status, 401);
  }
  await waitFor('the first are told of', () => Promise.resolve(refused().length > 0));
  assert.ok(refused().length <= 8, `${refused().length} lines`);
  assert.ok(
    refused().every((line) => line.length < 1000),
    refused()[0],
  );
});

test('headers of nodes do not count on a connection on which nothing was proved', onlyLong, async () => {
  const { cluster, master, s1 } = await startThree({ env });
  await using _ = cluster;
  for (const node of [master, s1]) {
    for (const headers of [{ 'rlog-forwarded': 's1' }, { 'rlog-forwarded': 's1', 'rlog-forward-identity': '7-1' }, { 'rlog-node': 's1' }]) {
      for (const path of ['/messages', '/messages?w=1&timeoutMs=100', '/secondaries']) {
        const { status, json: problem } = await ask(node, path, {
          method: 'POST',
          headers: { ...json, ...headers },
          body: '{"message":"forged"}',
        });
        assert.deepEqual(
          [status, problem['code'], problem['outcome']],
          [401, 'proof-required', 'rejected'],
          `${path} ${JSON.stringify(headers)}`,
        );
      }
    }
    const body = '[20,"/messages?w=1&timeoutMs=100","rlog-caller","ops;append"]\n{"message":"forged"}\n';
    const headers = { 'content-type': 'application/vnd.rlog.appends', 'rlog-forwarded': 's1', 'rlog-leader-epoch': '1' };
    const { status, text } = await exchange(new URL('/forwarded', node.url), { method: 'POST', headers, body });
    assert.deepEqual(
      [status, (JSON.parse(text) as { code: string }).code],
      [401, 'proof-required'],
      'nor those of appends that are forwarded together',
    );
  }
  assert.deepEqual(await messagesOf(master), []);
});

test('a node that knows the secret and that nobody named is fed, and does not count', onlyLong, async () => {
  const { cluster, master } = await startThree({ env });
  await using _ = cluster;
  await append(master, 'message');
  const x = await stranger(cluster, { master, shows: { CLUSTER_SECRET: secret } });
  await x.start();
  await waitFor('it has the message', async () => (await messagesOf(x)).length === 1);
  await waitFor('that it does not count is said', () => Promise.resolve(master.events('member.does-not-count').length === 1));
  const { members } = await healthOf(master);
  assert.equal(members.find(({ id }) => id === 'x')?.state, 'joining');
  assert.equal((await append(master, 'by all', { w: 'all' })).json['acks'], 3);
});

test('with a port of their own nodes are served there only, and clients on the other one', onlyLong, async () => {
  const cluster = new TestCluster();
  await using _ = cluster;
  const [port, secondaryPort, peerPort, secondaryPeerPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const urls = { master: `http://127.0.0.1:${port}`, s1: `http://127.0.0.1:${secondaryPort}` };
  // On one machine the ports differ; the addresses of each other say so.
  const peers = { master: `http://127.0.0.1:${peerPort}`, s1: `http://127.0.0.1:${secondaryPeerPort}` };
  const DIAL_INSTEAD = `${urls.master}=${peers.master},${urls.s1}=${peers.s1}`;
  const own = { ...env, DIAL_INSTEAD };
  const master = cluster.add({ kind: 'master', port, env: { ...own, SECONDARIES: urls.s1, PEER_PORT: String(peerPort) } });
  const s1 = cluster.add({
    kind: 'secondary',
    port: secondaryPort,
    env: { ...own, SERVER_ID: 's1', MASTER_URL: urls.master, PEER_PORT: String(secondaryPeerPort) },
  });
  for (const node of [s1, master]) await node.start();
  await waitFor('it replicates', async () => (await append(s1, 'm', { w: 2, timeoutMs: 2000 })).status === 201);
  const asked = await fetch(`${peers.master}/messages`);
  assert.equal(asked.status, 404);
  assert.match(((await asked.json()) as { detail: string }).detail, /for other nodes only/);
  const written = await fetch(`${peers.master}/messages`, { method: 'POST', headers: json, body: '{"message":1}' });
  assert.equal(written.status, 404);
  const late = cluster.add({
    kind: 'secondary',
    port: await freePort(),
    env: { ...own, SERVER_ID: 's2', MASTER_URL: urls.master, PEER_PORT: String(peerPort) },
  });
  await assert.rejects(late.start(), new RegExp(`port ${peerPort} on 127.0.0.1 is in use`));
  assert.equal((await late.exited()).code, 1);
});

test('commands that change the cluster prove the secret', onlyLong, async () => {
  const { cluster, master, s2 } = await startThree({ env });
  await using _ = cluster;
  const rlog = (args: string[], secretOf?: string) =>
    runRlog(['members', ...args, '--url', master.url], { env: secretOf === undefined ? {} : { CLUSTER_SECRET: secretOf } });
  const removed = await rlog(['remove', 's2'], secret);
  assert.deepEqual([removed.status, removed.stdout], [0, 's2 is removed; "rlog members add URL" adds it again\n'], removed.stderr);
  const wrong = await rlog(['add', s2.url], 'another secret altogether');
  assert.equal(wrong.status, 4);
  assert.match(wrong.stderr, /has another CLUSTER_SECRET/);
  const added = await rlog(['add', s2.url], secret);
  assert.equal(added.status, 0, added.stderr);
});

test(
  'a refusal by somebody who proved nothing changes nothing: a cluster without messages is not given up for one that he names',
  onlyLong,
  async () => {
    const cluster = new TestCluster();
    await using _ = cluster;
    const [port, secondaryPort] = [await freePort(), await freePort()];
    let asked = 0;
    const impostor = createServer().on('upgrade', (_request, socket) => {
      asked += 1;
      const body = JSON.stringify({ code: 'other-cluster', cluster: 'made-up', members: ['master'], hasMessages: true });
      socket.end(`HTTP/1.1 409 Conflict\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
    const impostorPort = await freePort();
    await new Promise<void>((resolve) => impostor.listen(impostorPort, '127.0.0.1', resolve));
    try {
      const SECONDARIES = `http://127.0.0.1:${secondaryPort},http://127.0.0.1:${impostorPort}`;
      const master = cluster.add({ kind: 'master', port, env: { ...env, SECONDARIES } });
      const s1 = cluster.add({ kind: 'secondary', port: secondaryPort, env: { ...env, SERVER_ID: 's1', MASTER_URL: master.url } });
      for (const node of [s1, master]) await node.start();
      await isReady(master);
      const before = await healthOf(master);
      const askedBefore = asked;
      await waitFor('the impostor has answered several times', () => Promise.resolve(asked >= askedBefore + 5));
      const { cluster: id, epoch } = await healthOf(master);
      assert.deepEqual([id, epoch], [before.cluster, before.epoch]);
      assert.deepEqual(master.events('cluster.yielded'), []);
      assert.equal((await append(master, 'after', { w: 2 })).status, 201);
    } finally {
      impostor.closeAllConnections();
      impostor.close();
    }
  },
);

test(
  'who has not proved the secret yet does not hear who the members are, and who makes up names is told of a few times',
  onlyLong,
  async () => {
    const { cluster, master } = await startThree({ env });
    await using _ = cluster;
    await append(master, 'message');
    const [name = ''] = (await ClusterSecrets.of([secret])).names;
    const upgrade = { connection: 'Upgrade', upgrade: 'rlog/2', 'rlog-node': 'x' };
    const refusals = (): number => master.events('stream.refused').length;
    for (let caller = 0; caller < 100; caller += 1) {
      const headers = {
        ...upgrade,
        'rlog-node': `x${caller}`,
        'rlog-cluster': `c${caller}`,
        'rlog-proof': caller % 2 === 0 ? 'another' : '',
      };
      const { status, text } = await exchange(new URL('/replicate', master.url), { headers });
      assert.equal(status, 401);
      assert.doesNotMatch(text, /s1/);
    }
    assert.ok(refusals() > 0 && refusals() <= 10, `${refusals()} lines about one caller`);
    const wire = new Wire(master.spec.port);
    assert.ok(await wire.ask(requestHead({ node: 'x', cluster: 'another', proof: name })), wire.head);
    wire.socket.destroy();
  },
);

test('two clusters that share a secret by mistake stay apart, and that is said', onlyLong, async () => {
  const cluster = new TestCluster();
  await using _ = cluster;
  const one = cluster.add({ kind: 'master', port: await freePort(), env: { ...env, SERVER_ID: 'one' } });
  const other = cluster.add({ kind: 'master', port: await freePort(), env: { ...env, SERVER_ID: 'other' } });
  for (const node of [one, other]) {
    await node.start();
    await isReady(node);
    assert.equal((await append(node, `of ${node.id}`)).status, 201);
  }
  const added = await runRlog(['members', 'add', other.url, '--url', one.url], { env: { CLUSTER_SECRET: secret } });
  assert.notEqual(added.status, 0);
  assert.match(added.stderr, /another cluster|belongs to cluster/);
  for (const node of [one, other]) {
    assert.deepEqual(await messagesOf(node), [`of ${node.id}`]);
    assert.deepEqual(memberIds(await healthOf(node)), [node.id]);
  }
});
