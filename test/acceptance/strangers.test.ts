/** What somebody who may ask a node can make it do to others, and by way of a browser. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { ask } from '../support/api.ts';
import { TestCluster } from '../support/nodes.ts';
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
