/** What one client may use of a node at a time, and what all may together: each is refused with a reason, and counted. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { append, ask, exchange } from '../support/api.ts';
import type { Answer, RawAnswer } from '../support/api.ts';
import { isReady, TestCluster } from '../support/nodes.ts';
import type { TestNode } from '../support/nodes.ts';
import { freePort } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { onlyLong } from '../support/long.ts';

const [one, other] = ['a-token-that-is-long-enough', 'another-one-that-is-long-enough'];
const rate = 40;
const cluster = new TestCluster();
/** With short times and few places. */
let node: TestNode;
/** With few bytes for each client. */
let narrow: TestNode;
/** With tokens. */
let known: TestNode;

before(async () => {
  const tokens = join(cluster.folder, 'tokens');
  writeFileSync(tokens, `one append ${one}\nother append ${other}\n`);
  const start = async (env: Record<string, string>): Promise<TestNode> => {
    const added = cluster.add({ kind: 'master', port: await freePort(), env, args: ['--memory'] });
    await added.start();
    return added;
  };
  node = await start({
    HEADERS_TIMEOUT_MS: '400',
    REQUEST_TIMEOUT_MS: '800',
    LISTENERS_MAX: '2',
    WAITING_READS_MAX: '2',
    JOINING_MAX: '2',
    PENDING_APPENDS_MAX: '3',
  });
  narrow = await start({ CLIENT_BYTES_MAX: '64KiB' });
  known = await start({
    API_TOKENS_FILE: tokens,
    METRICS_OPEN: '1',
    CLIENT_REQUESTS_PER_SECOND_MAX: String(rate),
  });
  await isReady(node);
  await isReady(narrow);
  await isReady(known);
});
after(() => cluster[Symbol.asyncDispose]());

async function refusedBy(limit: string, at = node): Promise<number> {
  const { text } = await exchange(new URL('/metrics', at.url), {});
  return Number(new RegExp(`^rlog_refused_total\\{limit="${limit}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
}

async function dial(text: string, at = node): Promise<{ readonly socket: Socket; heard: string }> {
  const socket = connect(at.spec.port, '127.0.0.1');
  const caller = { socket, heard: '' };
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (caller.heard += chunk.toString('latin1')));
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return caller;
}

test(
  'a client that sends more requests than it may is refused, on the quick way and on the other, and no other client is',
  onlyLong,
  async () => {
    await using agents = { agent: new Agent({ keepAlive: true }), [Symbol.asyncDispose]: async () => agents.agent.destroy() };
    const send = (token: string, path: string): Promise<RawAnswer> =>
      exchange(new URL(path, known.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: '{"message":1}',
        agent: agents.agent,
      });
    // A query is nothing for the quick way.
    for (const path of ['/messages', '/messages?']) {
      const answers: RawAnswer[] = [];
      await waitFor('one is refused', async () => {
        answers.push(...(await Promise.all(Array.from({ length: rate }, () => send(one, path)))));
        return answers.some(({ status }) => status === 429);
      });
      const refused = answers.find(({ status }) => status === 429);
      assert.ok(refused !== undefined && answers.some(({ status }) => status === 201));
      assert.equal(refused.headers['retry-after'], '1');
      const { code, outcome, limit, max } = JSON.parse(refused.text) as Record<string, unknown>;
      assert.deepEqual([code, outcome, limit, max], ['too-many-requests', 'rejected', 'CLIENT_REQUESTS_PER_SECOND_MAX', rate]);
      assert.equal((await send(other, path)).status, 201);
    }
    assert.ok((await refusedBy('CLIENT_REQUESTS_PER_SECOND_MAX', known)) >= 2);
    assert.equal(known.events('limit.reached').length, 1);
  },
);

test('who tries tokens is limited by its address, and what asks whether the node is ready never is', async () => {
  const statusOf = async (path: string, headers: Record<string, string>): Promise<number> =>
    (await exchange(new URL(path, known.url), { headers })).status;
  const statuses = new Set<number>();
  await waitFor('it is refused', async () => {
    for (let n = 0; n < rate; n += 1) statuses.add(await statusOf('/messages', { authorization: `Bearer guess-number-${n}` }));
    return statuses.has(429);
  });
  assert.deepEqual([...statuses].toSorted(), [401, 429]);
  for (let n = 0; n < 2 * rate; n += 1) assert.equal(await statusOf('/ready', {}), 200);
});

test('a client has only so many bytes under way, announced or not, and gets them back', async () => {
  const begun = 'POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
  const dialWaiting = (): ReturnType<typeof dial> => dial(`${begun}content-length: 60000\r\n\r\n{`, narrow);
  const quick = (): Promise<Answer> => append(narrow, 'x'.repeat(10_000));
  let waiting = await dialWaiting();
  await waitFor('another is refused', async () => {
    // It came after another one, and was refused itself.
    if (waiting.heard !== '') waiting = await dialWaiting();
    return (await quick()).json['limit'] === 'CLIENT_BYTES_MAX';
  });
  const chunked = await dial(`${begun}transfer-encoding: chunked\r\n\r\n2711\r\n${' '.repeat(10_001)}\r\n`, narrow);
  await waitFor('a body of unknown length is refused', () => chunked.heard.includes('CLIENT_BYTES_MAX'));
  assert.match(chunked.heard, /^HTTP\/1.1 429 [^]*retry-after: 1/i);
  for (const { socket } of [waiting, chunked]) socket.destroy();
  await waitFor('the bytes are given back', async () => (await quick()).status === 201);
  assert.equal((await append(narrow, 'x'.repeat(100_000))).status, 201, 'one body alone may be larger');
});

test('a head that does not come in time, and a body, are answered and counted; a silent connection is closed', async () => {
  const countBefore = await refusedBy('REQUEST_TIMEOUT_MS');
  const silent = await dial('');
  const slowHead = await dial('POST /messages HTTP/1.1\r\nhost: x\r\ncontent-t');
  const slowBody = await dial('POST /messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"mess');
  for (const caller of [slowHead, slowBody]) {
    await waitFor('it is closed', () => caller.socket.closed);
    assert.match(caller.heard, /^HTTP\/1.1 408 [^]*"request-timeout"/);
  }
  await waitFor('it is closed', () => silent.socket.closed);
  assert.equal(await refusedBy('REQUEST_TIMEOUT_MS'), countBefore + 2);
});

test('streams, reads that wait, and nodes that join are limited apart from each other', async () => {
  const waits = 'GET /messages?from=1000&wait=60 HTTP/1.1\r\nhost: x\r\n\r\n';
  const streams = 'GET /messages HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n';
  const open = await Promise.all([waits, waits, streams, streams].map((text) => dial(text)));
  const metrics = async (): Promise<string> => (await exchange(new URL('/metrics', node.url), {})).text;
  await waitFor('all are there', async () => {
    const text = await metrics();
    return text.includes('rlog_reads_waiting 2\n') && text.includes('rlog_listeners{read="committed"} 2\n');
  });
  const { status, json } = await ask(node, '/messages?from=1000&wait=60');
  assert.deepEqual([status, json['code'], json['limit'], json['max']], [503, 'too-many-listeners', 'WAITING_READS_MAX', 2]);
  const stream = await ask(node, '/messages', { headers: { accept: 'text/event-stream' } });
  assert.match(stream.text, /event: end\ndata: [^\n]*"LISTENERS_MAX"/);
  for (const { socket } of open) socket.destroy();
  const register = (n: number): Promise<Answer> =>
    ask(node, '/secondaries', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url: `http://127.77.0.${n}:9` }),
    });
  const registered = await Promise.all([register(1), register(2)]);
  assert.deepEqual(
    registered.map(({ json: told }) => told['state']),
    ['unreached', 'unreached'],
  );
  const third = await register(3);
  assert.deepEqual([third.status, third.json['code'], third.json['limit']], [503, 'overloaded', 'JOINING_MAX']);
  assert.equal((await register(1)).json['state'], 'unreached', 'one that is known already may register again');
  for (const limit of ['LISTENERS_MAX', 'WAITING_READS_MAX', 'JOINING_MAX']) assert.equal(await refusedBy(limit), 1, limit);
});

test('a refusal of an append says which limit was reached', async () => {
  const waiting = Array.from({ length: 3 }, () => append(node, 1, { w: 2, timeoutMs: 1500 }));
  await waitFor('all wait', async () => (await exchange(new URL('/metrics', node.url), {})).text.includes('rlog_appends_waiting 3\n'));
  const { status, json } = await append(node, 1);
  assert.deepEqual([status, json['code'], json['limit'], json['max']], [503, 'overloaded', 'PENDING_APPENDS_MAX', 3]);
  assert.equal(await refusedBy('PENDING_APPENDS_MAX'), 1);
  assert.deepEqual(new Set((await Promise.all(waiting)).map((answer) => answer.status)), new Set([504]));
});
