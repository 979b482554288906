/** Requests that are unusual but still HTTP: each gets the answer that belongs to it. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { append, ask, exchange, messagesOf } from '../support/api.ts';
import { EventStream } from '../support/events.ts';
import { TestCluster, isReady } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { TestNode } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const cluster = new TestCluster();
let master: TestNode;

before(async () => {
  master = cluster.add({ kind: 'master', port: await freePort() });
  await master.start();
  await isReady(master);
});

after(() => cluster[Symbol.asyncDispose]());

/** Everything that comes back on one connection until the node ends it. With `goesAway` the client closes its sending side. */
function exchangeBytes(bytes: string, afterwards: 'stays' | 'goesAway' = 'stays'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: master.spec.port, host: '127.0.0.1', allowHalfOpen: true }, () => {
      if (afterwards === 'goesAway') socket.end(bytes);
      else socket.write(bytes);
    });
    socket.setTimeout(5000, () => socket.destroy(new Error(`the node did not end it; it said "${received}"`)));
    socket.once('end', () => socket.end());
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('utf8')));
    socket.once('error', reject);
    socket.once('close', () => resolve(received));
  });
}

function rawPost(body: string, headers = ''): string {
  return `POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

test('a page of another site cannot make a browser write, under its own name or one that was made to resolve to this node', async () => {
  const held = await messagesOf(master);
  const headers = 'sec-fetch-site: cross-site\r\nconnection: close\r\n';
  const form = rawPost('planted', headers).replace('application/json', 'text/plain');
  for (const bytes of [form, form.replace('/messages', '/nodes/master/messages'), form.replace('/messages', '/')]) {
    const answer = await exchangeBytes(bytes);
    assert.match(answer, /^HTTP\/1\.1 403 /);
    assert.match(answer, /"code":"cross-site","outcome":"rejected"/);
  }
  // To an address that it does not trust, a browser sends only the origin of the page.
  for (const origin of ['http://evil.example', 'null', 'http://x:1']) {
    for (const bytes of [form, rawPost('{"message":"planted"}', headers), form.replace('/messages', '/nodes/master/messages')]) {
      assert.match(await exchangeBytes(bytes.replace('sec-fetch-site: cross-site', `origin: ${origin}`)), /"code":"cross-site"/, origin);
    }
  }
  for (const line of ['DELETE /secondaries/master', 'DELETE /messages?before=1', 'PUT /retention']) {
    assert.match(await exchangeBytes(`${line} HTTP/1.1\r\nhost: x\r\norigin: null\r\nconnection: close\r\n\r\n`), /403/);
  }
  const upgrade = 'GET /replicate HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: rlog/1\r\norigin: null\r\n\r\n';
  assert.match(await exchangeBytes(upgrade), /^HTTP\/1\.1 403 /);
  // The site's name was made to resolve to this node.
  const rebound = form.replace('host: x', 'host: evil.example\r\norigin: http://evil.example').replace('cross-site', 'same-origin');
  for (const bytes of [rebound, rebound.replace('/messages', '/nodes/master/messages'), rebound.replace('POST', 'GET')]) {
    assert.match(await exchangeBytes(bytes), /^HTTP\/1\.1 403 [^]*"code":"foreign-host","outcome":"rejected"/);
  }
  assert.deepEqual(await messagesOf(master), held);
  const own = form.replace('host: x', 'host: x\r\norigin: http://x').replace('cross-site', 'same-origin');
  assert.match(await exchangeBytes(own), /^HTTP\/1\.1 201 /);
  assert.match(await exchangeBytes(own.replace('/messages', '/nodes/master/messages')), /^HTTP\/1\.1 201 /);
  // A program may use any name.
  assert.match(
    await exchangeBytes(rawPost('"by name"', 'connection: close\r\n').replace('host: x', 'host: rlog.somewhere.example')),
    / 400 /,
  );
});

test('an offer to switch to another protocol is ignored, and the request is answered', async () => {
  const headers = 'connection: Upgrade, HTTP2-Settings, close\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n';
  assert.match(await exchangeBytes(rawPost('{"message":"offered"}', headers)), /^HTTP\/1\.1 201 /);
});

test('garbage after an append on the same connection does not turn the append’s answer into a refusal', async () => {
  const answer = await exchangeBytes(`${rawPost('{"message":"stored","w":4,"timeoutMs":300}')}GARBAGE\r\n\r\n`);
  assert.match(answer, /^HTTP\/1\.1 504 /);
  assert.match(answer, /"outcome":"unknown"/);
  assert.doesNotMatch(answer, /HTTP\/1\.1 400/);
});

test('a wish for another protocol behind an append on the same connection is not answered in its place', async () => {
  const waiting = rawPost('{"message":"stored too","w":4,"timeoutMs":300}');
  for (const [wish, status] of [
    ['GET /replicate HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: rlog/9\r\n\r\n', '426'],
    ['GET /replicate HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: rlog/2\r\n\r\n', '426'],
    ['CONNECT elsewhere:22 HTTP/1.1\r\nhost: x\r\n\r\n', undefined],
  ] as const) {
    const answer = await exchangeBytes(`${waiting}${wish}`);
    const statuses = Array.from(answer.matchAll(/HTTP\/1\.1 (\d+)/g), ([, each]) => each);
    assert.deepEqual(statuses, status === undefined ? ['504'] : ['504', status], answer);
  }
});

test('a body that breaks off is refused at once, on the short way and on the long one, and its connection is closed', async () => {
  const brokenOff = rawPost('{"message":"half"}').slice(0, -8);
  const toOther = brokenOff.replace('/messages', '/nodes/master/messages');
  const notPlain = brokenOff.replace('host: x', 'host: x\r\nrlog-dialect: native');
  for (const bytes of [brokenOff, notPlain, toOther]) assert.match(await exchangeBytes(bytes, 'goesAway'), /^HTTP\/1\.1 400 /);
  const badChunk = 'POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n';
  assert.match(await exchangeBytes(badChunk), /^HTTP\/1\.1 400 /);
  const behindOther = await exchangeBytes(`${rawPost('{"message":"whole","w":4,"timeoutMs":300}')}${brokenOff}`, 'goesAway');
  assert.match(behindOther, /^HTTP\/1\.1 504 /);
  assert.equal((await messagesOf(master)).includes('half'), false);
});

test('a path that cannot be decoded, an expectation that cannot be met, and an encoded body are problem documents', async () => {
  const undecodable = await ask(master, '/messages/%zz');
  assert.deepEqual([undecodable.status, undecodable.json['code']], [400, 'bad-request']);
  const json = { 'content-type': 'application/json' };
  const encoded = await ask(master, '/messages', {
    method: 'POST',
    headers: { ...json, 'content-encoding': 'gzip' },
    body: '{"message":1}',
  });
  assert.deepEqual([encoded.status, encoded.json['code']], [415, 'unsupported-media-type']);
  const expecting = await exchangeBytes(rawPost('{"message":"hoped"}', 'expect: a-miracle\r\nconnection: close\r\n'));
  assert.match(expecting, /"code":"bad-request"/);
});

test('HEAD is answered like GET, without a body, and opens no stream', async () => {
  await append(master, 'looked for');
  for (const [path, headers] of [
    ['/health', {}],
    ['/ready', {}],
    ['/metrics', {}],
    ['/messages', {}],
    ['/messages?from=10000&wait=60', {}],
    ['/messages?from=x', {}],
    ['/messages/0', {}],
    ['/messages/10000', {}],
    ['/', { accept: 'text/html' }],
    ['/openapi.json', {}],
    ['/nodes/master/health', {}],
    ['/nowhere', {}],
    ['/messages', { accept: 'text/event-stream' }],
    ['/activity', {}],
    ['/activities', {}],
    ['/nodes/master/messages', { accept: 'text/event-stream' }],
  ] as const) {
    const head = await exchange(new URL(path, master.url), { method: 'HEAD', headers });
    assert.equal(head.text, '');
    const controller = new AbortController();
    const got = await statusAndType(new URL(path.replace('wait=60', 'wait=0'), master.url), { headers, signal: controller.signal });
    controller.abort();
    assert.deepEqual([head.status, head.headers['content-type']], got, `${path} ${JSON.stringify(headers)}`);
  }
});

test('every JSON answer ends with a newline, which is part of its length, and a raw socket hears no more and no less', async () => {
  const close = 'connection: close\r\n';
  for (const dialect of ['native', 'envelope', 'objects']) {
    const headers = `rlog-dialect: ${dialect}\r\n${close}`;
    for (const bytes of [
      rawPost('{"message":"a line"}', headers),
      rawPost('{"message":"not the quick way"}', `accept: */*;q=0.5\r\n${headers}`).replace('/messages', '/'),
      rawPost('{"messag":1}', headers),
      `GET /messages/0 HTTP/1.1\r\nhost: x\r\n${headers}\r\n`,
      `GET /health HTTP/1.1\r\nhost: x\r\n${headers}\r\n`,
      `GET /nowhere HTTP/1.1\r\nhost: x\r\n${headers}\r\n`,
      'GET / HTTP/9.9\r\n\r\n',
    ]) {
      const [head = '', body = ''] = (await exchangeBytes(bytes)).split('\r\n\r\n');
      assert.ok(body.endsWith('}\n') && !body.endsWith('\n\n'), `${bytes}\n${body}`);
      assert.equal(/^content-length: (\d+)/im.exec(head)?.[1], String(Buffer.byteLength(body)), head);
    }
    for (const path of ['/messages', '/messages?view=entries', '/messages?limit=0'])
      assert.match((await exchange(new URL(path, master.url), { headers: { 'rlog-dialect': dialect } })).text, /[^\n]\n$/, path);
  }
});

async function statusAndType(url: URL, init: RequestInit): Promise<[number, string | undefined]> {
  const { status, headers } = await fetch(url, init);
  return [status, headers.get('content-type') ?? undefined];
}

test('requests that the HTTP parser refuses have their own status', async () => {
  const get = (path: string, headers: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}connection: close\r\n\r\n`;
  for (const [bytes, status, code] of [
    [get('/ready', `cookie: ${'a'.repeat(17_000)}\r\n`), 431, 'headers-too-large'],
    [get(`/${'a'.repeat(17_000)}`, ''), 414, 'uri-too-long'],
    [get(`/messages/${'1'.repeat(300)}`, ''), 414, 'uri-too-long'],
    [get('/ready', 'host: y\r\n'), 400, 'bad-request'],
    [rawPost('{"message":"to whom?"}', 'host: y\r\nconnection: close\r\n'), 400, 'bad-request'],
    ['CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n', 405, 'method-not-allowed'],
    [get('/ready', '').replace('GET', 'PROPFIND'), 405, 'method-not-allowed'],
    [get('/ready', '').replace('GET', 'NOTHING'), 400, 'bad-request'],
  ] as const) {
    const answer = await exchangeBytes(bytes);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} [^]*"code":"${code}","outcome":"rejected"`), bytes.slice(0, 40));
    if (status === 405) assert.match(answer, /^allow: GET, HEAD\r$/m);
  }
  assert.doesNotMatch(master.output, /"level":50/);
});

test('a byte order mark is not part of a message', async () => {
  const { length } = await messagesOf(master);
  for (const [type, body] of [
    ['application/json', '\uFEFF{"message":"marked"}'],
    ['application/json; charset="utf-8"', '\uFEFF{"message":"marked"}'],
    ['application/x-ndjson', '\uFEFF"marked"\n"marked"'],
    ['text/plain', '\uFEFFmarked'],
  ] as const) {
    const { status } = await ask(master, '/messages', { method: 'POST', headers: { 'content-type': type }, body });
    assert.equal(status, 201, type);
  }
  assert.deepEqual(
    (await messagesOf(master)).slice(length),
    Array.from({ length: 5 }, () => 'marked'),
  );
});

test('no cache may keep an answer, or use it for another `Accept`', async () => {
  for (const path of ['/messages', '/messages/0', '/health', '/ready', '/metrics', '/nodes', '/messages?from=x', '/nowhere']) {
    assert.match((await ask(master, path)).headers['cache-control'] ?? '', /no-store/, path);
  }
  for (const path of ['/messages', '/']) assert.match((await ask(master, path)).headers['vary'] ?? '', /accept/, path);
  for (const path of ['/messages', '/activity', '/activities', '/nodes/master/messages']) {
    using stream = await EventStream.openAt(`${master.url}${path}`);
    // A proxy that compresses would hold events back.
    assert.deepEqual([stream.headers['cache-control'], stream.headers['vary']], ['no-store, no-transform', 'accept, rlog-dialect'], path);
  }
});

test('a request with two idempotency keys is refused', async () => {
  const answer = await exchangeBytes(rawPost('{"message":"keyed"}', 'idempotency-key: a\r\nidempotency-key: b\r\nconnection: close\r\n'));
  assert.match(answer, /^HTTP\/1\.1 400 /);
});

test('an append of too many messages is refused before it costs much', async () => {
  const countBefore = (await messagesOf(master)).length;
  for (const [type, body] of [
    ['application/json', `{"messages":[${'1,'.repeat(100_000)}1]}`],
    ['application/x-ndjson', '1\n'.repeat(100_001)],
  ] as const) {
    const answer = await ask(master, '/messages', { method: 'POST', headers: { 'content-type': type }, body });
    assert.deepEqual([answer.status, answer.json['code'], answer.json['outcome']], [413, 'too-many-messages', 'rejected']);
  }
  assert.equal((await messagesOf(master)).length, countBefore);
});

test('a secondary, too, limits how many appends wait for a leader', onlyLong, async () => {
  await using lonely = new TestCluster();
  const env = { PENDING_APPENDS_MAX: '5', MASTER_URL: `http://127.0.0.1:${await freePort()}` };
  const secondary = lonely.add({ kind: 'secondary', port: await freePort(), env });
  await secondary.start();
  const waiting = Array.from({ length: 5 }, (_, n) => append(secondary, n, { timeoutMs: 3000 }));
  await waitFor('one more is refused', async () => (await append(secondary, 'more', { timeoutMs: 1 })).json['code'] === 'overloaded');
  const begunAt = performance.now();
  const unconfirmed = await ask(secondary, '/messages?read=linearizable&timeoutMs=100');
  assert.deepEqual([unconfirmed.status, unconfirmed.json['code']], [503, 'read-timeout']);
  assert.ok(performance.now() - begunAt < 10_000, 'it takes as long as was asked for, not WRITE_TIMEOUT_MS');
  for (const answer of await Promise.all(waiting)) assert.equal(answer.json['code'], 'no-leader');
});

test('a client that closed its sending side is answered all the same, however long that takes', async () => {
  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
  const held = (await messagesOf(master)).length;
  const asked = [
    [rawPost('{"message":"half-closed"}'), /^HTTP\/1\.1 201 /],
    [rawPost('"a line"').replace('application/json', 'application/x-ndjson'), /^HTTP\/1\.1 201 /],
    [rawPost('{"message":"by way of a node"}').replace('/messages', '/nodes/master/messages'), /^HTTP\/1\.1 201 /],
    [rawPost('{"message":"waits","w":4,"timeoutMs":1300}'), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 504 /],
    [get(`/messages?from=${held + 99}&wait=0.3`), /^HTTP\/1\.1 200 /],
    [get('/messages?read=linearizable'), /^HTTP\/1\.1 200 /],
    [get('/metrics'), /^HTTP\/1\.1 200 /],
  ] as const;
  const answers = await Promise.all(asked.map(([bytes]) => exchangeBytes(bytes, 'goesAway')));
  for (const [index, [, expected]] of asked.entries()) assert.match(answers[index] ?? '', expected);
});

test('a client that sends too large a body gets the refusal, also through another node', async () => {
  const tooLarge = `"${'a'.repeat(34_000_000)}"`;
  for (const path of ['/messages', '/nodes/master/messages']) {
    const answer = await exchangeBytes(rawPost(tooLarge, 'connection: close\r\n').replace('/messages', path));
    assert.match(answer, /^HTTP\/1\.1 413 [^]*"code":"body-too-large"[^]*"outcome":"rejected"/, path);
  }
});
