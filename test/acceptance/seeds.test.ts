/** Every curl line of the five seeds (the descriptions of the exercise), against nodes started as the seed says, with the answers that it shows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { curl } from '../support/curl.ts';
import type { CurlAnswer } from '../support/curl.ts';
import { TestCluster, isReady, startThree } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';

function answered(answer: CurlAnswer, expected: { readonly status: number; readonly body: unknown }): void {
  assert.equal(answer.status, expected.status, answer.body);
  assert.deepEqual(JSON.parse(answer.body), expected.body);
}

test('seed 000: a message to the master is on every node', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  const ports = { 5000: master.spec.port, 5001: s1.spec.port, 5002: s2.spec.port };
  answered(
    await curl(
      `curl -X POST http://localhost:5000/messages -H "Content-Type: application/json" -d '{"message":"Hello from master"}'`,
      ports,
    ),
    {
      status: 201,
      body: { offset: 0, w: 'all', acks: 3, epoch: 1 },
    },
  );
  answered(await curl('curl http://localhost:5000/messages', ports), { status: 200, body: { messages: ['Hello from master'] } });
  answered(await curl('curl http://localhost:5001/messages', ports), { status: 200, body: { messages: ['Hello from master'] } });
});

test('seed 001: write concerns and envelopes, with delayed followers', async () => {
  // 5.0 and 2.0 seconds in the seed; the answers do not depend on the length of the delays.
  const { cluster, master, s1, s2 } = await startThree({ env: { API_DIALECT: 'envelope' }, delays: ['1.0', '0.4'] });
  await using _ = cluster;
  const ports = { 6061: master.spec.port, 6062: s1.spec.port, 6063: s2.spec.port };
  const added = { status_code: 200, message: 'Message added successfully', data: null };
  for (const message of ['msg1', 'msg2', 'msg3']) {
    const line = `curl -X POST -H "Content-Type: application/json" http://localhost:6061/add -d '{"data": "${message}", "write_concern": 1}'`;
    answered(await curl(line, ports), { status: 200, body: added });
  }
  const fetched = (texts: string[]): object => ({
    status_code: 200,
    message: 'Messages fetched successfully',
    data: texts.map((text) => ({ text })),
  });
  answered(await curl('curl http://localhost:6061/messages', ports), { status: 200, body: fetched(['msg1', 'msg2', 'msg3']) });
  for (const port of [6063, 6062]) {
    const all = JSON.stringify(fetched(['msg1', 'msg2', 'msg3']));
    await waitFor(
      `the follower at ${port} has all`,
      async () => (await curl(`curl http://localhost:${port}/messages`, ports)).body === `${all}\n`,
    );
  }
  const refused = await curl(
    `curl -X POST -H "Content-Type: application/json" http://localhost:6061/add -d '{"data": "x", "write_concern": "3"}'`,
    ports,
  );
  assert.equal(refused.status, 400);
  assert.deepEqual(Object.keys(JSON.parse(refused.body) as object), ['status_code', 'message', 'data', 'code', 'outcome']);
  const saysOf = async (body: string): Promise<string> => {
    const answer = await curl(`curl -X POST -H "Content-Type: application/json" http://localhost:6061/add -d '${body}'`, ports);
    return (JSON.parse(answer.body) as { readonly message: string }).message;
  };
  assert.match((JSON.parse(refused.body) as { readonly message: string }).message, /^"write_concern" must be/);
  assert.match(await saysOf('{}'), /^"data" is missing/);
  assert.match(await saysOf('{"write_concern": 1}'), /^"data" is missing/);
  assert.match(await saysOf('{"data": "late", "write_concern": 3, "timeoutMs": 50}'), /; it is missing on s1(, s2)?$/);
  const both = await curl(
    `curl -X POST -H "Content-Type: application/json" http://localhost:6062/add -d '{"data": "through a follower", "write_concern": 3}'`,
    ports,
  );
  answered(both, { status: 200, body: added });
  assert.ok(both.seconds >= 1, 'it waited for the slower follower');
});

test('seed 002: health, a blocking append, and the message on every node', async () => {
  const { cluster, master, s1, s2 } = await startThree({ delays: ['2.0', '1.5'] });
  await using _ = cluster;
  const ports = { 5000: master.spec.port, 5001: s1.spec.port, 5002: s2.spec.port };
  for (const [port, node] of [
    [5000, master],
    [5001, s1],
    [5002, s2],
  ] as const) {
    const health = await curl(`curl http://localhost:${port}/health`, ports);
    assert.equal(health.status, 200);
    const { status, server_id: id, message_count: count } = JSON.parse(health.body) as Record<string, unknown>;
    assert.deepEqual({ status, id, count }, { status: 'healthy', id: node.id, count: 0 });
  }
  const posted = await curl(
    `curl -X POST http://localhost:5000/messages \\
        -H "Content-Type: application/json" \\
        -d '{"message": "Test message"}'`,
    ports,
  );
  answered(posted, { status: 201, body: { offset: 0, w: 'all', acks: 3, epoch: 1 } });
  assert.ok(posted.seconds >= 2.0, `took ${posted.seconds} s`);
  for (const port of [5000, 5001, 5002])
    answered(await curl(`curl http://localhost:${port}/messages`, ports), { status: 200, body: { messages: ['Test message'] } });
  assert.equal((JSON.parse((await curl('curl http://localhost:5001/health', ports)).body) as { message_count: number }).message_count, 1);
});

test('seed 002: the answers that its own client expects', async () => {
  const { cluster, master, s1 } = await startThree({ env: { API_DIALECT: 'objects' } });
  await using _ = cluster;
  const posted = await append(master, 'Hello World');
  assert.equal(posted.status, 201);
  assert.deepEqual(posted.json, { status: 'success', message_id: 1, replicated_to: 2 });
  for (const node of [master, s1]) {
    const [message] = (await messagesOf(node)) as { id: number; message: string; timestamp: string }[];
    assert.equal(message?.id, 1);
    assert.equal(message.message, 'Hello World');
    assert.equal(new Date(message.timestamp).toISOString(), message.timestamp);
  }
});

test('seed 002: its three start lines in its order; at first the master knows no secondary, then SECONDARIES names them', async () => {
  await using cluster = new TestCluster();
  const [p0, p1, p2] = [await freePort(), await freePort(), await freePort()];
  const master = cluster.add({ kind: 'master', port: p0 });
  const s1 = cluster.add({ kind: 'secondary', port: p1, env: { SERVER_ID: 'secondary-1', REPLICATION_DELAY: '0.4' } });
  const s2 = cluster.add({ kind: 'secondary', port: p2, env: { SERVER_ID: 'secondary-2', REPLICATION_DELAY: '0.3' } });
  await master.start();
  await s1.start();
  await s2.start();
  await isReady(master);
  assert.deepEqual((await append(master, 'alone')).json, { offset: 0, w: 'all', acks: 1, epoch: 1 });
  assert.deepEqual(await messagesOf(s1), []);

  await master.stop();
  await master.start({ env: { SECONDARIES: `http://localhost:${p1},http://localhost:${p2}` } });
  await waitFor(
    'both are members',
    async () => (await healthOf(master)).members.filter((member) => member.state === 'member').length === 3,
  );
  assert.equal((await append(master, 'to all')).json['acks'], 3);
  for (const node of [master, s1, s2]) assert.deepEqual(await messagesOf(node), ['alone', 'to all']);
});

test('seed 002: the same, with SECONDARIES from the start: appends wait until a majority is up', async () => {
  await using cluster = new TestCluster();
  const [p0, p1, p2] = [await freePort(), await freePort(), await freePort()];
  const master = cluster.add({ kind: 'master', port: p0, env: { SECONDARIES: `http://localhost:${p1},http://localhost:${p2}` } });
  const s1 = cluster.add({ kind: 'secondary', port: p1, env: { SERVER_ID: 'secondary-1', REPLICATION_DELAY: '0.4' } });
  const s2 = cluster.add({ kind: 'secondary', port: p2, env: { SERVER_ID: 'secondary-2', REPLICATION_DELAY: '0.3' } });
  await master.start();
  const early = append(master, 'early');
  await waitFor('health says whom it waits for', async () => (await healthOf(master)).waitingFor.length === 2);
  await s1.start();
  await s2.start();
  assert.deepEqual((await early).json['acks'], 3);
  for (const node of [master, s1, s2]) assert.deepEqual(await messagesOf(node), ['early']);
});

test('seed 003: secondaries register themselves by POST /replicate; POST and GET on /', async () => {
  await using cluster = new TestCluster();
  const [p0, p1] = [await freePort(), await freePort()];
  const master = cluster.add({ kind: 'master', port: p0 });
  const secondary = cluster.add({ kind: 'secondary', port: p1, env: { SERVER_ID: 'secondary', SECONDARY_DELAYS: '0.5' } });
  await master.start();
  await secondary.start();
  await isReady(master);
  const registered = await ask(master, '/replicate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url: secondary.url }),
  });
  assert.equal(registered.status, 201);
  assert.deepEqual(registered.json, { url: secondary.url, id: 'secondary', state: 'joining' });
  await waitFor('it is a member', async () => (await healthOf(master)).members.filter((member) => member.state === 'member').length === 2);
  const begunAt = performance.now();
  const posted = await ask(master, '/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"message":"to the root"}',
  });
  assert.equal(posted.status, 201);
  assert.ok(performance.now() - begunAt >= 500, 'it waited for the delayed secondary');
  for (const node of [master, secondary]) assert.deepEqual((await ask(node, '/')).json, { messages: ['to the root'] });
});

test('seed 003: a secondary with MASTER_URL registers by itself, on an address of its own', async () => {
  await using cluster = new TestCluster();
  const [p0, p1] = [await freePort('127.0.0.2'), await freePort('127.0.0.2')];
  const onAlias = (node: TestNode): { url: string } => ({ url: node.url.replace('127.0.0.1', '127.0.0.2') });
  const master = cluster.add({ kind: 'master', port: p0, env: { HOST: '127.0.0.2' } });
  const secondary = cluster.add({
    kind: 'secondary',
    port: p1,
    env: { HOST: '127.0.0.2', SECONDARY_HOST: '127.0.0.2', SERVER_ID: 'secondary', MASTER_URL: `http://127.0.0.2:${p0}` },
  });
  master.spawn();
  secondary.spawn();
  await waitFor('it is a member', async () => {
    try {
      return (await healthOf(onAlias(master))).members.length === 2;
    } catch {
      return false; // Not up yet.
    }
  });
  assert.equal((await append(onAlias(secondary), 'through the secondary')).status, 201);
  assert.deepEqual(await messagesOf(onAlias(master)), ['through the secondary']);
});

test('seed 004: a message to a secondary is on that secondary when it is answered, and on the others in the same order', async () => {
  const { cluster, master, s1, s2 } = await startThree();
  await using _ = cluster;
  const ports = { 5001: s1.spec.port, 5002: s2.spec.port, 5000: master.spec.port };
  const post = (port: number, message: string) =>
    curl(`curl -X POST -H "Content-Type: application/json" -d '{"message":"${message}"}' http://localhost:${port}/replicate`, ports);
  assert.equal((await post(5001, 'Test to secondary!')).status, 201);
  answered(await curl('curl http://localhost:5001/messages', ports), { status: 200, body: { messages: ['Test to secondary!'] } });
  assert.equal((await post(5001, 'Test to secondary 2!')).status, 201);
  answered(await curl('curl http://localhost:5001/messages', ports), {
    status: 200,
    body: { messages: ['Test to secondary!', 'Test to secondary 2!'] },
  });
  assert.equal((await post(5002, 'Test to secondary 22!')).status, 201);
  answered(await curl('curl http://localhost:5002/messages', ports), {
    status: 200,
    body: { messages: ['Test to secondary!', 'Test to secondary 2!', 'Test to secondary 22!'] },
  });
  answered(await curl('curl http://127.0.0.1:5000/messages', ports), {
    status: 200,
    body: { messages: ['Test to secondary!', 'Test to secondary 2!', 'Test to secondary 22!'] },
  });
});
