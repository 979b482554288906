import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { after, test } from 'node:test';
import { BlockList } from 'node:net';
import { readFileSync } from 'node:fs';
import { createServer as createSecureServer } from 'node:https';
import { createSecureContext } from 'node:tls';
import { TestAuthority } from '../../test/support/certificates.ts';
import { ClusterSecrets } from '../trust/cluster-secrets.ts';
import { NodeNetwork } from './node-network.ts';

/** Requests and upgrades that arrived. */
const heard: IncomingMessage[] = [];
let redirection: string | undefined;
const server = createServer((request, response) => {
  heard.push(request);
  response.writeHead(redirection === undefined ? 404 : 307, redirection === undefined ? {} : { location: redirection }).end();
});
server.on('upgrade', (request, socket) => {
  heard.push(request);
  socket.end(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${redirection}\r\ncontent-length: 0\r\n\r\n`);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => server.close());
const { port } = server.address() as AddressInfo;

const blocked = new BlockList();
blocked.addSubnet('127.0.0.0', 8, 'ipv4');
blocked.addSubnet('169.254.0.0', 16, 'ipv4');

/** @param answers - of the look-ups, one after another; the last one stays */
function networkWith(blockList: BlockList | undefined, answers: readonly (readonly string[])[] = [['127.0.0.1']]): NodeNetwork {
  let asked = 0;
  const lookup: LookupFunction = (_name, options, callback) => {
    const addresses = (answers[Math.min(asked, answers.length - 1)] ?? []).map((address) => ({ address, family: 4 }));
    asked += 1;
    if (options.all === true) process.nextTick(callback, null, addresses);
    else process.nextTick(callback, null, addresses[0]?.address ?? '', 4);
  };
  const reach = {
    lookup,
    addressOf: (url: string): string => url,
    blockListOf: () => blockList,
    secrets: new ClusterSecrets(),
    acceptsInsecure: false,
  };
  return new NodeNetwork({ self: 'me', dialTimeoutMs: 1000, reach });
}

test('an address that is blocked is not connected to, whether it is named or is what a name leads to', async () => {
  heard.length = 0;
  for (const [host, answers] of [
    ['127.0.0.1', [['127.0.0.1']]],
    ['[::ffff:127.0.0.1]', [['127.0.0.1']]],
    ['guest.example', [['127.0.0.1']]],
    ['guest.example', [['127.0.0.1', '127.0.0.2']]],
    ['guest.example', [['169.254.169.254']]],
  ] as const) {
    const network = networkWith(blocked, answers);
    const url = `http://${host}:${port}`;
    await assert.rejects(network.dial(url, null), /no node is dialed there/, host);
    await assert.rejects(network.register(url, { id: 'me', url: 'http://me' }), /no node is dialed there/, host);
  }
  assert.equal(heard.length, 0);
});

test('a name that leads elsewhere the next time is judged anew', async () => {
  heard.length = 0;
  const elsewhere = new BlockList();
  elsewhere.addSubnet('169.254.0.0', 16, 'ipv4');
  const network = networkWith(elsewhere, [['127.0.0.1'], ['169.254.169.254']]);
  await assert.rejects(network.dial(`http://guest.example:${port}`, null), /instead of a replication stream/);
  await assert.rejects(network.dial(`http://guest.example:${port}`, null), /no node is dialed there/);
  assert.equal(heard.length, 1);
});

test('a node is dialed by the handshake alone, and where its answer leads is not gone to', async () => {
  heard.length = 0;
  redirection = `http://127.0.0.1:${port}/elsewhere`;
  const url = `http://127.0.0.1:${port}`;
  const network = networkWith(undefined);
  await assert.rejects(network.dial(url, 'c1'), /answered 307/);
  const [dial] = heard;
  const said = ['connection', 'host', 'rlog-cluster', 'rlog-node', 'upgrade'];
  assert.deepEqual([dial?.method, dial?.url, Object.keys(dial?.headers ?? {}).toSorted()], ['GET', '/replicate', said]);
  await assert.rejects(network.register(url, { id: 'me', url: 'http://me' }), /answered 307/);
  assert.deepEqual(
    heard.map(({ method, url: path }) => `${method} ${path}`),
    ['GET /replicate', 'POST /secondaries'],
  );
});

test('a node with which there was no handshake is told of, with what is wrong', async () => {
  using authority = await TestAuthority.make();
  const { certFile, keyFile } = await authority.issue('n1', { hosts: ['n1.example'] });
  const secure = createSecureServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }).listen(0, '127.0.0.1');
  await once(secure, 'listening');
  const { port: securePort } = secure.address() as AddressInfo;
  const told: string[] = [];
  const network = new NodeNetwork({
    self: 'me',
    dialTimeoutMs: 1000,
    reach: {
      addressOf: (url) => url,
      secrets: new ClusterSecrets(),
      acceptsInsecure: false,
      tls: () => createSecureContext({ ca: authority.ca }),
    },
    noHandshake: ({ reason }) => told.push(reason),
  });
  await assert.rejects(
    network.dial(`https://127.0.0.1:${securePort}`, null),
    /its certificate is for DNS:n1\.example, and not for 127\.0\.0\.1/,
  );
  await assert.rejects(network.dial(`https://127.0.0.1:${port}`, null), /speak TLS/);
  secure.close();
  await once(secure, 'close');
  await assert.rejects(network.dial(`https://127.0.0.1:${securePort}`, null), /ECONNREFUSED/);
  assert.equal(told.length, 2);
  assert.match(told[0] ?? '', /n1\.example/);
});
