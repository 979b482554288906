/** Nodes with tokens and a secret: what one passes on to another, it passes on with the rights of its client. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ask } from '../support/api.ts';
import type { Answer } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { isReady, threeNodes } from '../support/nodes.ts';
import type { TestNode, ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';

const read = 'token-that-may-read-0001';
const append = 'token-that-may-append-02';
const admin = 'token-that-may-do-all-03';
/** Only the first secondary knows it. */
const local = 'token-of-one-node-only-4';
const everywhere = `read:${read},append:${append},admin:${admin}`;

let nodes: ThreeNodes;

before(async () => {
  nodes = await threeNodes({ env: { CLUSTER_SECRET: 'correct horse battery staple', API_TOKENS: everywhere } });
  const { master, s1, s2 } = nodes;
  s1.spawn({ env: { API_TOKENS: `${everywhere},append:${local}` } });
  // Somebody forgot to give it any.
  s2.spawn({ env: { API_TOKENS: '' } });
  master.spawn();
  for (const node of [master, s1, s2]) await node.serves();
  await isReady(master);
  await waitFor('the secondaries know the leader', async () => (await ready(s1)) && ready(s2));
});

after(() => nodes.cluster[Symbol.asyncDispose]());

async function ready(node: TestNode): Promise<boolean> {
  return (await ask(node, '/ready')).status === 200;
}

const bearer = (token: string | undefined): Record<string, string> => (token === undefined ? {} : { authorization: `Bearer ${token}` });

function post(node: TestNode, path: string, token: string | undefined, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(node, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(token), ...headers },
    body: '{"message":"x","w":2}',
  });
}

test('an append through a follower needs what it needs at the leader, on the quick path and beside it', async () => {
  const { s1 } = nodes;
  for (const headers of [{}, { 'rlog-dialect': 'native' }]) {
    const statuses = [];
    for (const token of [undefined, read, append, admin]) statuses.push((await post(s1, '/messages', token, headers)).status);
    assert.deepEqual(statuses, [401, 403, 201, 201]);
  }
});

test('the leader goes by what the other node found out, and needs no token of its own for it', async () => {
  const { master, s1 } = nodes;
  assert.equal((await post(s1, '/messages', local)).status, 201);
  assert.equal((await post(s1, '/messages', local, { 'rlog-dialect': 'native' })).status, 201);
  assert.equal((await post(s1, '/nodes/master/messages', local)).status, 201);
  assert.equal((await post(master, '/messages', local)).json['code'], 'unauthorized');
});

test('a node that asks for no token opens no other one', async () => {
  const { s2 } = nodes;
  assert.equal((await ask(s2, '/messages')).status, 200, 'it serves what it has');
  for (const headers of [{}, { 'rlog-dialect': 'native' }])
    assert.equal((await post(s2, '/messages', undefined, headers)).json['code'], 'unauthorized');
  assert.equal((await ask(s2, '/nodes/master/messages')).json['code'], 'unauthorized');
  assert.equal((await ask(s2, '/secondaries/s1', { method: 'DELETE' })).json['code'], 'proof-required');
  // Nor does what its client says of itself.
  for (const path of ['/messages', '/nodes/master/messages']) {
    assert.equal((await post(s2, path, undefined, { 'rlog-caller': 'boss;admin' })).json['code'], 'unauthorized', path);
  }
});

test('what other nodes have is read with the rights of the client, in streams too', async () => {
  const { master } = nodes;
  for (const path of ['/nodes/s1/messages', '/nodes/s1/history', '/nodes/s1/health']) {
    assert.equal((await ask(master, path, { headers: bearer(read) })).status, 200, path);
  }
  assert.equal((await ask(master, '/nodes/s1/messages', { headers: bearer(append) })).json['code'], 'missing-scope');
  using stream = await EventStream.openAt(`${master.url}/activities`, bearer(read));
  const heard = (): Set<unknown> => new Set(stream.events.filter(({ event }) => event === 'frame').map(({ data }) => data['node']));
  await waitFor('all nodes are heard', () => heard().size === 3);
  using events = await EventStream.openAt(`${master.url}/nodes/s1/messages`, { ...bearer(read), accept: 'text/event-stream' });
  await waitFor('entries come', () => events.events.length > 0);
});

test('a change of the cluster through a follower is recorded there with the address, and at the leader with the way it took', async () => {
  const { master, s1 } = nodes;
  const remove = (token: string): Promise<Answer> => ask(s1, '/secondaries/s2', { method: 'DELETE', headers: bearer(token) });
  assert.equal((await remove(append)).json['code'], 'missing-scope');
  assert.equal((await remove(admin)).status, 200);
  await waitFor('both have said so', () => [master, s1].every((node) => node.events('audit.member-removed').length > 0));
  const [asked] = s1.events('audit.member-removed');
  const [done] = master.events('audit.member-removed');
  assert.deepEqual([asked?.['caller'], asked?.['address'], asked?.['member'], asked?.['via']], ['admin-3', '127.0.0.1', 's2', undefined]);
  assert.deepEqual([done?.['caller'], done?.['member'], done?.['via'], done?.['outcome']], ['admin-3', 's2', 's1', 'done']);
  for (const node of [master, s1]) {
    for (const token of [read, append, admin, local]) assert.ok(!node.output.includes(token));
  }
});
