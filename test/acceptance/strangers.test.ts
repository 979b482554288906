/** What somebody who may ask a node can make it do to others, and by way of a browser. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { ask, exchange, messagesOf } from '../support/api.ts';
import { isReady, TestCluster } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';

/** Takes connections, and notes the first bytes of each. */
async function listener(): Promise<{ readonly url: string; readonly heard: readonly string[] } & AsyncDisposable> {
  const heard: string[] = [];
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    const place = heard.push('') - 1;
    socket.on('error', () => undefined).on('data', (chunk) => (heard[place] += chunk.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const json = { 'content-type': 'application/json' };

test('a node is sent nowhere but where nodes may be, and says nothing of the caller there', async () => {
  await using cluster = new TestCluster();
  await using named = await listener();
  await using guest = await listener();
  await using other = await listener();
  const env = { SECONDARIES: named.url, PEER_ADDRESSES: '10.0.0.0/8' };
  const args = ['--memory'];
  const narrow = cluster.add({ kind: 'master', port: await freePort(), env, args });
  const wide = cluster.add({ kind: 'master', port: await freePort(), env: { SERVER_ID: 'wide' }, args });
  await Promise.all([narrow.start(), wide.start()]);
  const register = (node: { readonly url: string }, url: string): ReturnType<typeof ask> =>
    ask(node, '/secondaries', {
      method: 'POST',
      headers: { ...json, 'x-secret': 'of the caller' },
      body: JSON.stringify({ url, id: 'guest' }),
    });
  for (const url of ['http://169.254.169.254', 'http://[fe80::1]:80', 'http://[::ffff:169.254.169.254]', 'http://100.100.100.200']) {
    const { status, json: problem } = await register(wide, url);
    assert.deepEqual([status, problem['code']], [400, 'bad-request'], url);
  }
  // What is outside of PEER_ADDRESSES is not reached unless the settings name it.
  const [fromNarrow] = await Promise.all([register(narrow, guest.url), register(wide, other.url)]);
  assert.equal(fromNarrow.json['state'], 'unreached');
  assert.deepEqual([guest.heard.length, named.heard.length > 0, other.heard.length > 0], [0, true, true]);
  for (const head of other.heard) {
    assert.match(head, /^GET \/replicate HTTP\/1\.1\r\n/);
    assert.doesNotMatch(head, /of the caller|guest/);
    assert.ok(head.endsWith('\r\n\r\n'), 'no body');
  }
});

test('a page of an allowed origin may read and write, whatever the answer is, and no other page may', async () => {
  await using cluster = new TestCluster();
  const origin = 'https://app.example.com';
  const port = await freePort();
  const node = cluster.add({ kind: 'master', port, env: { CORS_ORIGINS: `http://other.example,${origin}` }, args: ['--memory'] });
  await node.start();
  await isReady(node);
  const preflight = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,rlog-dialect' };
  const allowed = await exchange(new URL('/messages', node.url), { method: 'OPTIONS', headers: preflight });
  assert.deepEqual([allowed.status, allowed.text], [204, '']);
  assert.equal(allowed.headers['access-control-allow-origin'], origin);
  assert.match(String(allowed.headers['access-control-allow-methods']), /POST/);
  assert.match(String(allowed.headers['access-control-allow-headers']), /authorization, content-type, rlog-dialect/);
  assert.equal(allowed.headers['access-control-allow-credentials'], undefined);
  const body = '{"message":"of a page","w":1}';
  for (const [path, status, asked] of [
    ['/messages', 201, { method: 'POST', headers: json, body }],
    ['/messages', 400, { method: 'POST', headers: json, body: '{}' }],
    ['/messages', 200, {}],
    ['/nowhere', 404, {}],
    ['/nodes/master/messages', 200, {}],
  ] as const) {
    const headers = { origin, 'sec-fetch-site': 'cross-site', ...('headers' in asked ? asked.headers : {}) };
    const answer = await exchange(new URL(path, node.url), { ...asked, headers });
    assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [status, origin], path);
    assert.match(String(answer.headers['access-control-expose-headers']), /location, retry-after/);
  }
  const stream = await fetch(new URL('/messages', node.url), { headers: { origin, accept: 'text/event-stream' } });
  assert.equal(stream.headers.get('access-control-allow-origin'), origin);
  assert.equal(stream.headers.get('x-content-type-options'), 'nosniff');
  await stream.body?.cancel();
  for (const other of ['https://evil.example', 'http://app.example.com', 'null']) {
    for (const [method, headers] of [
      ['OPTIONS', { ...preflight, origin: other }],
      ['GET', { origin: other }],
    ] as const) {
      const refused = await exchange(new URL('/messages', node.url), { method, headers });
      assert.deepEqual([refused.status, refused.headers['access-control-allow-origin']], [403, undefined], other);
    }
  }
  assert.deepEqual(await messagesOf(node), ['of a page']);
});

test('routes that change the members or the leader take JSON, and nothing that a form of another site can send', async () => {
  await using cluster = new TestCluster();
  const node = await cluster.add({ kind: 'master', port: await freePort(), args: ['--memory'] }).start();
  const form = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
  for (const type of [...form, 'application/x-ndjson', 'text/html']) {
    for (const path of ['/secondaries', '/register', '/replicate', '/promote']) {
      const body = JSON.stringify(path === '/promote' ? { id: 'master' } : { url: 'http://127.0.0.1:1' });
      const { status, json: problem } = await ask(node, path, { method: 'POST', headers: { 'content-type': type }, body });
      assert.deepEqual([status, problem['code']], [415, 'unsupported-media-type'], `${path} ${type}`);
    }
    if (type === 'text/plain' || type === 'application/x-ndjson') continue;
    for (const path of ['/messages', '/', '/add', '/nodes/master/messages']) {
      const { status } = await ask(node, path, { method: 'POST', headers: { 'content-type': type }, body: '"planted"' });
      assert.equal(status, 415, `${path} ${type}`);
    }
  }
  assert.deepEqual(await messagesOf(node), []);
});
