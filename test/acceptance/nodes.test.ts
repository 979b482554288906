/** Other nodes, through the one that a page came from. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { startThree } from '../support/nodes.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';

let nodes: ThreeNodes;

before(async () => {
  nodes = await startThree();
  await append(nodes.master, 'one');
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

test('every node lists itself and the members that it knows', async () => {
  const { master, s1, s2 } = nodes;
  for (const node of [master, s1]) {
    const { json } = await ask(node, '/nodes');
    const listed = json['nodes'] as { id: string; url: string }[];
    assert.deepEqual([json['self'], json['hasLab']], [node.id, false]);
    assert.deepEqual(listed.map(({ id }) => id).toSorted(), [master, s1, s2].map(({ id }) => id).toSorted());
  }
});

test('a request to another node gets the answer of that node', async () => {
  const { master, s1 } = nodes;
  assert.equal((await ask(master, '/nodes/s1/health')).json['server_id'], 's1');
  assert.equal((await ask(s1, '/nodes/s1/health')).json['server_id'], 's1');
  assert.equal((await ask(s1, '/nodes/master/ready')).json['role'], 'leader');
  const written = await ask(s1, '/nodes/master/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"message": 1.0}',
  });
  assert.deepEqual([written.status, written.json['offset'], written.json['acks']], [201, 1, 3]);
  assert.equal(written.headers['location'], '/messages/1');
  assert.equal((await ask(master, '/nodes/s2/messages?from=1')).text, '{"messages":[1.0]}\n');
  assert.equal((await ask(master, '/nodes/s2/messages/1')).json['offset'], 1);
  const lines = await ask(master, '/nodes/s2/messages', { headers: { accept: 'application/x-ndjson' } });
  assert.equal(lines.text.split('\n').length, 3);
  const text = await ask(s1, '/nodes/s2/messages', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'plain' });
  assert.equal(text.status, 201);
});

test('a refusal by the other node is passed on unchanged', async () => {
  const { master } = nodes;
  const bad = await ask(master, '/nodes/s1/messages', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' });
  assert.deepEqual([bad.status, bad.json['code'], bad.json['instance']], [400, 'bad-request', '/messages']);
  assert.equal((await ask(master, '/nodes/s1/messages?from=x')).status, 400);
});

test('an event stream is passed on as it comes, and ends at the other node when its reader goes away', async () => {
  const { master, s1 } = nodes;
  const count = (await messagesOf(s1)).length;
  using stream = await EventStream.open({ url: `${master.url}/nodes/s1` }, `?from=${count}`);
  assert.match(stream.headers['content-type'] ?? '', /^text\/event-stream/);
  await append(master, 'live');
  await stream.hears(1);
  assert.deepEqual(stream.messages, ['live']);
  const listeners = async (): Promise<string | undefined> =>
    /^rlog_listeners\{.*read="committed".*\} (\d+)$/m.exec((await ask(s1, '/metrics')).text)?.[1];
  assert.equal(await listeners(), '1');
  stream.close();
  await waitFor('the other node has no listeners', async () => (await listeners()) === '0');
});

test('only what is listed can be reached', async () => {
  const { master } = nodes;
  for (const path of ['/nodes/s1/metrics', '/nodes/s1/secondaries', '/nodes/s1/', '/nodes/s1/..%2Fmetrics', '/nodes/s1/messages/a%2Fb']) {
    const { status } = await ask(master, path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
  }
  const unknown = await ask(master, '/nodes/127.0.0.1%3A1/health');
  assert.deepEqual([unknown.status, unknown.json['code']], [404, 'not-found']);
  assert.equal((await ask(master, '/nodes/s1/health', { method: 'POST' })).status, 405);
});

test('two dots instead of an offset do not lead to another route', async () => {
  const { port } = nodes.master.spec;
  for (const dots of ['..', '%2e%2e']) {
    const [answer] = (await once(get({ port, host: '127.0.0.1', path: `/nodes/s1/messages/${dots}` }), 'response')) as [IncomingMessage];
    assert.equal(answer.resume().statusCode, 400);
  }
});

test('the activities begin with the list of nodes; a node that is killed is reported as gone, and cannot be reached', async () => {
  const { master, s2 } = nodes;
  using stream = await EventStream.openAt(`${master.url}/activities`);
  await waitFor('the list comes', () => stream.events[0]?.event === 'nodes');
  await s2.kill();
  await waitFor('it is gone', () => stream.events.some(({ event, data }) => event === 'gone' && data['node'] === 's2'));
  const { status, json } = await ask(master, '/nodes/s2/health');
  assert.deepEqual([status, json['code'], json['outcome'], json['node']], [502, 'node-unreachable', 'rejected', 's2']);
  // It may come back: a follower has to reconnect, and an `EventSource` does that only after a stream.
  using away = await EventStream.openAt(`${master.url}/nodes/s2/messages`);
  assert.deepEqual([away.status, (await away.ends())['code']], [200, 'node-unreachable']);
  using never = await EventStream.openAt(`${master.url}/nodes/nobody/messages`);
  assert.equal(never.status, 404);
  await s2.start();
  assert.equal((await healthOf({ url: s2.url })).role, 'follower');
});
