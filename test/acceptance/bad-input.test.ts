/** Bad input gets a clear error and loses nothing; what is answered with 4xx is never stored. And input that only looks bad. */

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { append, ask, healthOf, messagesOf } from '../support/api.ts';
import type { Answer, Asked } from '../support/api.ts';
import { TestCluster, isReady, startThree } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import type { ThreeNodes } from '../support/nodes.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

let nodes: ThreeNodes;

before(async () => {
  nodes = await startThree({ env: { MESSAGE_BYTES_MAX: '2MiB', BODY_BYTES_MAX: '3MiB' } });
});

after(async () => {
  await nodes.cluster[Symbol.asyncDispose]();
});

const json = { 'content-type': 'application/json' };

function post(path: string, asked: Asked): Promise<Answer> {
  return ask(nodes.master, path, { method: 'POST', headers: json, ...asked });
}

const refusals: readonly {
  readonly what: string;
  readonly path?: string;
  readonly asked: Asked;
  readonly status: number;
  readonly code: string;
}[] = [
  { what: 'no JSON', asked: { body: 'hello' }, status: 400, code: 'bad-request' },
  { what: 'JSON that ends too early', asked: { body: '{"message": "hel' }, status: 400, code: 'bad-request' },
  { what: 'a comma too many', asked: { body: '{"message": "x",}' }, status: 400, code: 'bad-request' },
  {
    what: 'not UTF-8',
    asked: { body: Buffer.from([0x7b, 0x22, 0x6d, 0x65, 0x73, 0x73, 0x61, 0x67, 0x65, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d]) },
    status: 400,
    code: 'bad-request',
  },
  { what: 'an empty body', asked: { body: '' }, status: 400, code: 'bad-request' },
  { what: 'a list instead of an object', asked: { body: '["message"]' }, status: 400, code: 'bad-request' },
  { what: 'no message', asked: { body: '{}' }, status: 400, code: 'bad-request' },
  { what: 'no message, but a write concern', asked: { body: '{"w":1}' }, status: 400, code: 'bad-request' },
  { what: 'an unknown field', asked: { body: '{"message":"x","W":1}' }, status: 400, code: 'bad-request' },
  { what: 'a field of every object', asked: { body: '{"message":"x","__proto__":{}}' }, status: 400, code: 'bad-request' },
  { what: 'a field twice', asked: { body: '{"message":"x","message":"y"}' }, status: 400, code: 'bad-request' },
  { what: 'w and its other name', asked: { body: '{"message":"x","w":1,"write_concern":1}' }, status: 400, code: 'bad-request' },
  { what: 'message and messages', asked: { body: '{"message":"x","messages":["y"]}' }, status: 400, code: 'bad-request' },
  { what: 'an empty batch', asked: { body: '{"messages":[]}' }, status: 400, code: 'bad-request' },
  { what: 'messages that are no list', asked: { body: '{"messages":"x"}' }, status: 400, code: 'bad-request' },
  ...['"3"', 'true', '1.5', '0', '-1', 'null', '"most"', '[1]', '1e400', '9007199254740993'].map((w) => ({
    what: `w=${w}`,
    asked: { body: `{"message":"x","w":${w}}` },
    status: 400,
    code: 'bad-request',
  })),
  ...['"1000"', '0', '600001', '1.5'].map((timeoutMs) => ({
    what: `timeoutMs=${timeoutMs}`,
    asked: { body: `{"message":"x","timeoutMs":${timeoutMs}}` },
    status: 400,
    code: 'bad-request',
  })),
  {
    what: 'a broken line of NDJSON',
    asked: { headers: { 'content-type': 'application/x-ndjson' }, body: '"a"\n"b\n"c"\n' },
    status: 400,
    code: 'bad-request',
  },
  {
    what: 'NDJSON without a line',
    asked: { headers: { 'content-type': 'application/x-ndjson' }, body: '\n\n' },
    status: 400,
    code: 'bad-request',
  },
  {
    what: 'a bad w in the query',
    path: '/messages?w=some',
    asked: { headers: { 'content-type': 'text/plain' }, body: 'x' },
    status: 400,
    code: 'bad-request',
  },
  { what: 'an unknown query parameter', path: '/messages?wait=1', asked: { body: '{"message":"x"}' }, status: 400, code: 'bad-request' },
  {
    what: 'a message that is too large',
    asked: { body: JSON.stringify({ message: 'x'.repeat(2 * 1024 * 1024) }) },
    status: 413,
    code: 'message-too-large',
  },
  {
    what: 'a body that is too large',
    asked: { body: JSON.stringify({ messages: ['x'.repeat(1024 * 1024), 'y'.repeat(1024 * 1024), 'z'.repeat(1024 * 1024)] }) },
    status: 413,
    code: 'body-too-large',
  },
  {
    what: 'a form',
    asked: { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'message=x' },
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    what: 'XML',
    asked: { headers: { 'content-type': 'application/xml' }, body: '<message/>' },
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    what: 'another charset',
    asked: { headers: { 'content-type': 'application/json; charset=latin1' }, body: '{"message":"x"}' },
    status: 415,
    code: 'unsupported-media-type',
  },
  { what: 'no type at all', asked: { headers: {}, body: '{"message":"x"}' }, status: 415, code: 'unsupported-media-type' },
  {
    what: 'an empty idempotency key',
    asked: { headers: { ...json, 'idempotency-key': '' }, body: '{"message":"x"}' },
    status: 400,
    code: 'bad-request',
  },
  {
    what: 'an endless idempotency key',
    asked: { headers: { ...json, 'idempotency-key': 'k'.repeat(256) }, body: '{"message":"x"}' },
    status: 400,
    code: 'bad-request',
  },
  { what: 'a registration without a URL', path: '/secondaries', asked: { body: '{"host":"x"}' }, status: 400, code: 'bad-request' },
  { what: 'a registration of nonsense', path: '/secondaries', asked: { body: '{"url":"localhost"}' }, status: 400, code: 'bad-request' },
  {
    what: 'text to /add',
    path: '/add',
    asked: { headers: { 'content-type': 'text/plain' }, body: 'x' },
    status: 415,
    code: 'unsupported-media-type',
  },
  {
    what: 'an unknown method',
    path: '/messages',
    asked: { method: 'PUT', body: '{"message":"x"}' },
    status: 405,
    code: 'method-not-allowed',
  },
  { what: 'an unknown path', path: '/message', asked: { body: '{"message":"x"}' }, status: 404, code: 'not-found' },
];

test('every refusal is a problem document with its code and outcome, and stores nothing', async () => {
  const { logEnd } = (await healthOf(nodes.master)).ends;
  for (const { what, path = '/messages', asked, status, code } of refusals) {
    const answer = await post(path, asked);
    assert.equal(answer.status, status, `${what}: ${answer.text}`);
    assert.equal(answer.json['code'], code, what);
    assert.equal(answer.json['outcome'], 'rejected', what);
    assert.equal(answer.json['status'] ?? answer.json['status_code'], status, what);
    const expected = path === '/add' ? 'application/json' : 'application/problem+json';
    assert.ok(answer.headers['content-type']?.startsWith(expected), `${what}: ${answer.headers['content-type']}`);
  }
  assert.equal((await healthOf(nodes.master)).ends.logEnd, logEnd);
});

test('bad queries are refused, too', async () => {
  for (const path of [
    '/messages?from=-1',
    '/messages?from=x',
    '/messages?limit=1.5',
    '/messages?read=soon',
    '/messages?view=all',
    '/messages?from=1&from=2',
    '/messages/x',
    '/health?x=1',
  ]) {
    assert.equal((await ask(nodes.master, path)).json['code'], 'bad-request', path);
  }
  assert.equal((await ask(nodes.master, '/messages/999999999')).status, 404);
  assert.equal((await ask(nodes.master, '/messages', { headers: { accept: 'text/csv' } })).status, 406);
  assert.equal((await ask(nodes.master, '/replicate')).status, 426);
});

test('any JSON value comes back as it was sent', async () => {
  const values = [
    '"Привіт, світе"',
    '"𝒳 👩‍👩‍👧 🇺🇦"',
    'null',
    '""',
    '0',
    '-0.0',
    '1.0',
    '1e3',
    '12345678901234567890',
    '0.1000000000000000055511151231257827',
    'true',
    '[]',
    '{}',
    '{"b":1,"a":{"c":[1,2,{"d":null}]},"b2":"\\u0041\\ud83d\\ude00\\/"}',
    '"\\u0000 \\ud800 \\" \\\\ \\n"',
    '[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]',
  ];
  const first = (await healthOf(nodes.master)).ends.logEnd;
  for (const value of values) assert.equal((await post('/messages', { body: `{"message":${value}}` })).status, 201, value);
  for (const node of [nodes.master, nodes.s1]) {
    const { text } = await ask(node, `/messages?from=${first}`);
    assert.equal(text, `{"messages":[${values.join(',')}]}\n`);
  }
});

test('a message of 1 MiB, deeply nested JSON, and 10,000 messages in one batch are stored', async () => {
  const large = 'ж'.repeat(512 * 1024);
  assert.equal((await append(nodes.master, large)).status, 201);
  const deep = `${'['.repeat(50_000)}1${']'.repeat(50_000)}`;
  const nested = await post('/messages', { body: `{"message":${deep}}` });
  assert.equal(nested.status, 201);
  const batch = await post('/messages', { body: JSON.stringify({ messages: Array.from({ length: 10_000 }, (_unused, n) => ({ n })) }) });
  assert.equal(batch.status, 201);
  assert.equal(batch.json['count'], 10_000);
  const first = batch.json['offset'] as number;
  assert.deepEqual(await messagesOf(nodes.s2, `?from=${first - 2}&limit=1`), [large]);
  assert.equal((await ask(nodes.s2, `/messages?from=${first - 1}&limit=1`)).text, `{"messages":[${deep}]}\n`);
  assert.deepEqual(await messagesOf(nodes.s2, `?from=${first + 9998}`), [{ n: 9998 }, { n: 9999 }]);
});

test('a message that was sent on five lines is one line of NDJSON', async () => {
  const body = '{\n  "message":\n    { "a": 1,\n      "b": "two  words" }\n}';
  const { json: answer } = await post('/messages', { body });
  const { text, headers } = await ask(nodes.s1, `/messages?from=${answer['offset']}`, { headers: { accept: 'application/x-ndjson' } });
  assert.ok(headers['content-type']?.startsWith('application/x-ndjson'));
  assert.match(text, /^\{"offset":\d+,"epoch":1,"timestamp":"[^"]+","message":\{"a":1,"b":"two  words"\}\}\n$/);
});

test('NDJSON and plain text are appended, with the write concern in the query', async () => {
  const lines = await post('/messages?w=2', { headers: { 'content-type': 'application/x-ndjson' }, body: '{"n": 1}\r\n\n"two"\n3' });
  assert.equal(lines.status, 201, lines.text);
  assert.deepEqual([lines.json['count'], lines.json['w']], [3, 2]);
  const text = await post('/messages?w=majority', { headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'just "text"\n' });
  assert.equal(text.status, 201);
  assert.deepEqual(await messagesOf(nodes.master, `?from=${lines.json['offset']}`), [{ n: 1 }, 'two', 3, 'just "text"\n']);
});

test('ranges, views and single entries can be read', async () => {
  const { logEnd: end } = (await healthOf(nodes.master)).ends;
  assert.deepEqual(await messagesOf(nodes.master, `?from=${end + 100}`), []);
  assert.deepEqual(await messagesOf(nodes.master, '?limit=0'), []);
  const entries = (await messagesOf(nodes.master, `?from=${end - 2}&view=entries`)) as { offset: number; message: unknown }[];
  assert.deepEqual(
    entries.map((entry) => entry.offset),
    [end - 2, end - 1],
  );
  const one = await ask(nodes.s1, `/messages/${end - 1}`);
  assert.deepEqual(one.json, entries[1]);
});

test('a body that is cut off in the middle stores nothing', async () => {
  const { logEnd } = (await healthOf(nodes.master)).ends;
  const socket = connect(nodes.master.spec.port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write('POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"message":"cut');
  await new Promise<void>((resolve) => socket.end(resolve));
  assert.equal((await append(nodes.master, 'after the cut')).json['offset'], logEnd);
});

test('a request that is not HTTP gets a problem document, too', async () => {
  const socket = connect(nodes.master.spec.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const isClosed = new Promise((resolve) => socket.once('close', resolve));
  socket.write('BLAH\r\n\r\n');
  await isClosed;
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 400 [\s\S]*application\/problem\+json[\s\S]*"code":"bad-request"/);
});

test('bodies that are never completed are counted and limited, and other clients can append meanwhile', async () => {
  const { master } = nodes;
  const bytes = 3 * 1024 * 1024 - 1000;
  const heldBytes = async (): Promise<number> =>
    Number(/^rlog_appends_waiting_bytes\{?.*?\}? (\d+)$/m.exec((await ask(master, '/metrics')).text)?.[1]);
  const begun = Array.from({ length: 5 }, () => {
    const socket = connect(master.spec.port, '127.0.0.1');
    const client = { socket, heard: '' };
    socket.on('data', (chunk: Buffer) => (client.heard += chunk.toString('latin1')));
    socket.write(`POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`);
    socket.write(Buffer.alloc(bytes - 1, ' '));
    return client;
  });
  try {
    const isRefused = ({ heard }: { readonly heard: string }): boolean => /^HTTP\/1.1 503 [^]*retry-after: 1[^]*"overloaded"/i.test(heard);
    await waitFor('two of them are refused as overloaded', () => begun.filter(isRefused).length === 2);
    await waitFor('the others are held', async () => (await heldBytes()) === 3 * (bytes - 1));
    assert.equal((await append(master, 'beside them')).status, 201);
  } finally {
    for (const { socket } of begun) socket.destroy();
  }
  await waitFor('their bytes are released', async () => (await heldBytes()) === 0);
});

test('more appends than may wait are refused as overloaded, and the others go through', async () => {
  await using cluster = new TestCluster();
  const port = await freePort();
  const master = cluster.add({
    kind: 'master',
    port,
    env: {
      PENDING_APPENDS_MAX: '10',
      SECONDARIES: `http://127.0.0.1:${await freePort()},http://127.0.0.1:${await freePort()}`,
      WRITE_TIMEOUT_MS: '1000',
    },
  });
  await master.start();
  // There is no leader yet, so all of them wait.
  const answers = await Promise.all(Array.from({ length: 15 }, (_unused, n) => append(master, n)));
  const codes = answers.map((answer) => answer.json['code']);
  assert.equal(codes.filter((code) => code === 'overloaded').length, 5);
  assert.equal(codes.filter((code) => code === 'no-leader').length, 10);
  for (const { json: body, headers } of answers) {
    assert.equal(body['outcome'], 'rejected');
    assert.equal(headers['retry-after'], '1');
  }
});

test('a client that goes away is not waited for, and what it appended stays', onlyLong, async () => {
  const { cluster, master, s1, s2 } = await startThree({ delays: ['0', '60'] });
  await using _ = cluster;
  const controller = new AbortController();
  const gone = append(master, 'left alone', { w: 3 }).catch(() => 'gone');
  const call = ask(master, '/messages', {
    method: 'POST',
    headers: json,
    body: '{"message":"given up","w":3}',
    signal: controller.signal,
  }).catch(() => 'gone');
  await waitFor('both are stored', async () => (await healthOf(s1)).ends.durableEnd === 2);
  assert.deepEqual(await messagesOf(master), []);
  controller.abort();
  assert.equal(await call, 'gone');
  // An entry whose writer gave up counts as acknowledged once it is committed, and earlier entries are shown with it.
  await waitFor('it is shown', async () => (await messagesOf(master)).length === 2);
  await s2.kill();
  await isReady(master);
  await master.kill();
  assert.equal(await gone, 'gone');
});
