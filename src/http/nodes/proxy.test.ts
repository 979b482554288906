import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import fastify from 'fastify';
import { native } from '../dialects/native.ts';
import { asLogError } from '../wire/problem.ts';
import { Access } from '../access/access.ts';
import { Tokens, entriesOf } from '../../trust/tokens.ts';
import { nodesRoutes } from './routes.ts';
import { tellFailure } from '../wire/telling-failure.ts';

let answer: RequestListener = (_request, response) => void response.end();
let heard: IncomingMessage | undefined;
const member = createServer((request, response) => {
  heard = request;
  answer(request, response);
}).listen(0, '127.0.0.1');
await once(member, 'listening');
const address = `http://127.0.0.1:${(member.address() as AddressInfo).port}`;
const app = fastify();
app.setErrorHandler((error, request, reply) => tellFailure(request, reply, { failure: asLogError(error), dialect: native }));
const directory = { self: 'me', hasLab: false, isComplete: () => true, list: () => [{ id: 'guest', url: address, address }] };
const token = 'reader-reader-reader';
const tokens = new Tokens(entriesOf([{ scope: 'read', token }]));
const access = new Access({ tokens, hasSecret: true, isProven: () => false, acceptsInsecure: true, areMetricsOpen: false });
nodesRoutes(app, { directory, access });
const url = await app.listen({ host: '127.0.0.1', port: 0 });

after(async () => {
  await app.close();
  member.close();
});

test('an answer with a page or a redirect is not taken for that of a node', async () => {
  for (const [status, headers] of [
    [200, { 'content-type': 'text/html' }],
    [200, { 'content-type': 'image/svg+xml' }],
    [200, { 'content-type': 'text/html, application/json' }],
    [200, {}],
    [302, { location: 'http://evil.example/' }],
    // No node answers with these, and what is behind them would be taken for the next answer.
    [204, { 'content-type': 'application/json', 'content-length': '5' }],
    [205, { 'content-type': 'application/json' }],
    [999, { 'content-type': 'application/json' }],
  ] as const) {
    answer = (_request, response) => void response.writeHead(status, headers).end('<script></script>');
    const passed = await fetch(`${url}/nodes/guest/health`, { redirect: 'manual' });
    assert.equal(passed.status, 502);
    assert.equal(((await passed.json()) as { code: string }).code, 'forward-failed');
  }
});

test('a member whose answer is none of HTTP does not keep a client waiting', async () => {
  for (const head of ['099 Odd', '000 Odd', '101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: odd']) {
    answer = ({ socket }) => void socket.end(`HTTP/1.1 ${head}\r\ncontent-type: application/json\r\n\r\n`);
    const passed = await fetch(`${url}/nodes/guest/health`, { signal: AbortSignal.timeout(5000) });
    assert.deepEqual([passed.status, ((await passed.json()) as { code: string }).code], [502, 'forward-failed'], head);
  }
});

test('a member cannot set a cookie through another node, and does not get the headers by which a browser describes the page', async () => {
  answer = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'planted=1', 'retry-after': '7', 'x-own': '1' }).end('{}');
  };
  const headers = {
    origin: url,
    cookie: 'secret=1',
    'sec-fetch-site': 'same-origin',
    'user-agent': 'Mozilla/5.0',
    'rlog-dialect': 'native',
  };
  const passed = await fetch(`${url}/nodes/guest/health`, { headers });
  assert.equal(passed.status, 200);
  assert.deepEqual([passed.headers.get('set-cookie'), passed.headers.get('x-own')], [null, null]);
  assert.deepEqual([passed.headers.get('retry-after'), passed.headers.get('x-content-type-options')], ['7', 'nosniff']);
  for (const name of ['origin', 'cookie', 'sec-fetch-site', 'user-agent']) assert.equal(heard?.headers[name], undefined, name);
  assert.equal(heard?.headers['rlog-dialect'], 'native');
});

test('what a member answers has one type, whatever a browser would make of what it says', async () => {
  for (const types of [
    ['content-type', 'application/json', 'content-type', 'text/html'],
    ['content-type', 'application/json;x=, text/html'],
  ]) {
    answer = (_request, response) => void response.writeHead(200, types).end('{}');
    const passed = await fetch(`${url}/nodes/guest/health`);
    assert.deepEqual([passed.status, passed.headers.get('content-type')], [200, 'application/json; charset=utf-8']);
    assert.match(passed.headers.get('content-security-policy') ?? '', /^default-src 'none';/);
  }
});

test('a member hears what it needs to answer, and nothing by which a client or a node is known', async () => {
  answer = (_request, response) => void response.writeHead(201, { 'content-type': 'application/json' }).end('{}');
  const meant = { 'idempotency-key': 'k1', 'x-forwarded-for': '203.0.113.5', 'content-type': 'application/json' };
  const others = {
    authorization: `Bearer ${token}`,
    'proxy-authorization': 'Basic secret',
    'rlog-forwarded': 'boss',
    'rlog-leader-epoch': '7',
    'x-own': '1',
  };
  const passed = await fetch(`${url}/nodes/guest/messages`, { method: 'POST', headers: { ...meant, ...others }, body: '{}' });
  assert.equal(passed.status, 201);
  for (const [name, value] of Object.entries(meant)) assert.equal(heard?.headers[name], value);
  for (const name of Object.keys(others)) assert.equal(heard?.headers[name], undefined, name);
  assert.equal(heard?.headers['rlog-node'], 'me');
});

test('only types in which messages are declared are passed on', async () => {
  heard = undefined;
  for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/html', 'application/octet-stream']) {
    const refused = await fetch(`${url}/nodes/guest/messages`, { method: 'POST', headers: { 'content-type': type }, body: '"planted"' });
    assert.equal(((await refused.json()) as { code: string }).code, 'unsupported-media-type', type);
  }
  assert.equal(heard, undefined);
});

test('a node is told who asks, in a header of ours: neither the token nor what the client says of itself reaches it', async () => {
  answer = (_request, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  const ask = async (headers: Record<string, string>): Promise<IncomingMessage['headers']> => {
    await fetch(`${url}/nodes/guest/messages`, { headers });
    return heard?.headers ?? {};
  };
  const known = await ask({ authorization: `Bearer ${token}`, 'rlog-caller': 'boss;admin' });
  assert.deepEqual([known['rlog-caller'], known.authorization], ['read-1;read', undefined]);
  const unknown = await ask({ 'rlog-caller': 'boss;admin' });
  assert.equal(unknown['rlog-caller'], 'anyone');
});
